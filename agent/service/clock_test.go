package service

import "testing"

func TestAStepOfTheClockHasAFractionThatIsNotNegative(t *testing.T) {
	for _, step := range []int64{0, 1, 1_500_000, -1, -1_000_000, -1_500_000} {
		change := clockStep(step)
		if change.Time.Usec < 0 || change.Time.Usec >= 1_000_000 || change.Time.Sec*1_000_000+change.Time.Usec != step {
			t.Errorf("a step of %d µs became %d s and %d µs", step, change.Time.Sec, change.Time.Usec)
		}
	}
}
