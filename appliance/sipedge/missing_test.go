package sipedge

import (
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
)

// FEATURES §5: "no information" and "no phone" are two lamps: the second is told once phones have had time to come back.
func TestMissingPhonesAreToldAfterAWhile(t *testing.T) {
	inWorld(t, func(w *world) {
		w.heard()
		missing := func() (all []string) {
			for _, in := range w.heard() {
				if p, ok := in.(exchange.PhoneReachable); ok && !p.Reachable {
					all = append(all, p.Extension)
				}
			}
			return all
		}
		time.Sleep(missingAfter - 2*time.Second)
		synctest.Wait()
		if got := missing(); len(got) != 0 {
			t.Fatalf("told too early: %v", got)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got, want := missing(), len(w.edge.site.Load().extensions); len(got) != want || want == 0 {
			t.Fatalf("told %v of %d", got, want)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := missing(); len(got) != 0 {
			t.Errorf("told again: %v", got)
		}
	})
}
