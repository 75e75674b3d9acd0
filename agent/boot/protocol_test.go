package boot

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// example is a file of protocol/boot. The server's side is in the tests of module host, which
// writes exactly these lines.
type example struct {
	Line       string
	Parameters struct {
		Hostname        string
		Address         string
		Gateway         string
		DNS             string
		Root            string
		Probe           bool
		PowerOffByReset bool `json:"power_off_by_reset"`
		CheckTimer      bool `json:"check_timer"`
	}
}

func examples(t *testing.T) map[string]example {
	t.Helper()
	files, err := filepath.Glob("../../protocol/boot/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	found := map[string]example{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e example
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[filepath.Base(file)] = e
	}
	return found
}

func TestTheLinesOfTheProtocolAreReadWithEachOfTheirParameters(t *testing.T) {
	set := map[string]bool{}
	for name, e := range examples(t) {
		got := parseParameters(e.Line + "\n")
		if want := Parameters(e.Parameters); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if _, _, err := rootDisks(got.Root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		value := reflect.ValueOf(got)
		for i := range value.NumField() {
			field := value.Type().Field(i).Name
			set[field] = set[field] || !value.Field(i).IsZero()
		}
	}
	for field, isSet := range set {
		if !isSet {
			t.Errorf("no example sets %s: the server may call it something else", field)
		}
	}
}
