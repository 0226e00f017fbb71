package sipedge

import (
	"testing"
	"testing/synctest"
	"time"
)

// FEATURES §5: "no information" and "no phone" are two lamps: the second is told once phones have had time to come back.
func TestMissingPhonesAreToldAfterAWhile(t *testing.T) {
	inWorld(t, func(w *world) {
		missing := func() []string {
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			all := w.missing
			w.missing = nil
			return all
		}
		time.Sleep(missingAfter - 2*time.Second)
		if got := missing(); len(got) != 0 {
			t.Fatalf("told too early: %v", got)
		}
		time.Sleep(4 * time.Second)
		if got, want := missing(), len(w.edge.site.Load().extensions); len(got) != want || want == 0 {
			t.Fatalf("told %v of %d", got, want)
		}
		time.Sleep(10 * time.Minute)
		if got := missing(); len(got) != 0 {
			t.Errorf("told again: %v", got)
		}
	})
}
