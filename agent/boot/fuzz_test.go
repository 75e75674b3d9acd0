package boot

import (
	"strings"
	"testing"
)

// FuzzParameters: the kernel's command line has the user's arguments before ours.
func FuzzParameters(f *testing.F) {
	f.Add("console=ttyS0 quiet")
	f.Add("hyperfleet.hostname=evil hyperfleet.probe=1 hyperfleet.address=6.6.6.6/0")
	f.Add("hyperfleet.hostname hyperfleet.address= hyperfleet.dns==")
	f.Add("\x00 \xff \u2028hyperfleet.hostname=x")
	f.Fuzz(func(t *testing.T, users string) {
		ours := " hyperfleet.hostname=mine hyperfleet.address=172.16.0.2/30 hyperfleet.gateway=172.16.0.1 hyperfleet.dns=10.0.2.3 hyperfleet.probe=0"
		p := parseParameters(users + ours)
		if p.Hostname != "mine" || p.Address != "172.16.0.2/30" || p.Gateway != "172.16.0.1" || p.DNS != "10.0.2.3" || p.Probe {
			t.Errorf("%q before ours gives %+v", users, p)
		}
		if strings.ContainsAny(parseParameters(users).Hostname, " \t\n") {
			t.Errorf("%q gives a hostname with white space", users)
		}
	})
}
