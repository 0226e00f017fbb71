package run

import "testing"

func TestOnlyKnownUsersCommand(t *testing.T) {
	for _, c := range []struct {
		uid  uint32
		want bool
	}{{0, true}, {500, true}, {700, true}, {501, false}, {65534, false}} {
		if got := permitted(c.uid, 500, []uint32{700}); got != c.want {
			t.Errorf("user %d: %v", c.uid, got)
		}
	}
}
