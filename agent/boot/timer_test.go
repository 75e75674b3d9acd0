package boot

import (
	"strings"
	"testing"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

func TestTheTimersOfThisHostFire(t *testing.T) {
	if err := CheckTimer(); err != nil {
		t.Error(err)
	}
}

func TestTheControlPlaneRecognizesABootWithoutTimer(t *testing.T) {
	if last := "hyperfleet-agent: " + errNoTimer.Error(); !strings.HasPrefix(last, guestv1.SpoiltBoot) {
		t.Errorf("the console's last line is %q, the control plane looks for %q", last, guestv1.SpoiltBoot)
	}
}
