package boot

import "testing"

func TestTheTimersOfThisHostFire(t *testing.T) {
	if err := CheckTimer(); err != nil {
		t.Error(err)
	}
}
