package guestv1

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

func TestTheConstantsAreThoseOfBothSides(t *testing.T) {
	content, err := os.ReadFile("channel.json")
	if err != nil {
		t.Fatal(err)
	}
	var agreed map[string]any
	if err := json.Unmarshal(content, &agreed); err != nil {
		t.Fatal(err)
	}
	ours := map[string]any{
		"protocol_version":     float64(ProtocolVersion),
		"session_greeting":     SessionGreeting,
		"session_nonce_digits": float64(SessionNonceDigits),
		"vsock_port":           float64(VsockPort),
		"serial_port":          SerialPort,
		"spoilt_boot":          SpoiltBoot,
	}
	if !reflect.DeepEqual(agreed, ours) {
		t.Errorf("channel.json has %v, channel.go %v", agreed, ours)
	}
}
