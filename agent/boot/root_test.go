package boot

import "testing"

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
