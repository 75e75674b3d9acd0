package boot

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAnImageNeedNotHaveTheFolderOfAFileThatIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "etc", "hostname")
	if err := writeFile(path, "name\n"); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "name\n" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestTheRootIsMadeOfTheTwoDisksThatTheControlPlaneNames(t *testing.T) {
	cases := []struct {
		parameter, base, layer string
		fails                  bool
	}{
		{"vda,vdb", "vda", "vdb", false},
		{"vdc,vda", "vdc", "vda", false},
		{"", "vda", "vdb", false}, // from a control plane without this parameter
		{"vda", "", "", true},
		{"vda,vdb,vdc", "", "", true},
		{"sda,sdb", "", "", true},
		{"vda,../x", "", "", true},
	}
	for _, c := range cases {
		base, layer, err := rootDisks(c.parameter)
		if base != c.base || layer != c.layer || (err != nil) != c.fails {
			t.Errorf("%q: %q, %q, %v", c.parameter, base, layer, err)
		}
	}
}
