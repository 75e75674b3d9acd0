package boot

import "testing"

func TestParametersAreReadFromAmongTheKernelsOwn(t *testing.T) {
	cases := []struct {
		name, line string
		want       Parameters
	}{
		{"all", "console=ttyS0 quiet hyperfleet.hostname=web-1 hyperfleet.address=172.16.0.2/30 hyperfleet.gateway=172.16.0.1 hyperfleet.dns=10.0.2.3 hyperfleet.root=vda,vdb hyperfleet.probe=1 hyperfleet.poweroff=reset hyperfleet.timer=check\n",
			Parameters{"web-1", "172.16.0.2/30", "172.16.0.1", "10.0.2.3", "vda,vdb", true, true, true}},
		{"none", "console=ttyS0 quiet", Parameters{}},
		{"an empty line", "\n", Parameters{}},
		{"the last one wins, so that a user's own cannot replace it", "hyperfleet.hostname=user hyperfleet.hostname=ours", Parameters{Hostname: "ours"}},
		{"the last one wins when it revokes something", "hyperfleet.probe=1 hyperfleet.probe=0", Parameters{}},
		{"only 1 requests a probe", "hyperfleet.probe hyperfleet.probe=yes", Parameters{}},
		{"a value with an equals sign", "hyperfleet.hostname=a=b", Parameters{Hostname: "a=b"}},
		{"a value that is empty", "hyperfleet.dns=", Parameters{}},
		{"names that only look like ours", "xhyperfleet.hostname=a hyperfleet.hostname2=b hyperfleet.=c Hyperfleet.hostname=d", Parameters{}},
		{"any space between them", "  hyperfleet.hostname=a\t\thyperfleet.gateway=b \n", Parameters{Hostname: "a", Gateway: "b"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := parseParameters(c.line); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestThisHostsOwnCommandLineCanBeRead(t *testing.T) {
	if _, err := ReadParameters(); err != nil {
		t.Error(err)
	}
}
