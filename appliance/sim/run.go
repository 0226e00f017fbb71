package sim

import (
	"fmt"
	"strings"
	"testing/synctest"
	"time"
)

// Run plays a story in its world, and gives the facts half as it came out. say gets each sentence as it is reached.
func (s *Story) Run(w *World, say func(string)) (facts []string, err error) {
	for i, l := range s.Lines {
		if l.verb == "at" {
			wait := l.at - time.Since(w.start)
			if i > 0 && s.Lines[i-1].verb == "at" && s.Lines[i-1].at == l.at {
				wait = time.Millisecond // one after the other: packets of one instant overtake each other as they like
			}
			if wait < 0 {
				return nil, fmt.Errorf("%s:%d: it is %v already", s.Name, l.n, time.Since(w.start))
			}
			time.Sleep(wait)
			synctest.Wait()
			say(fmt.Sprintf("%9.3f  %s", time.Since(w.start).Seconds(), l.text))
			if err := w.act(l.text); err != nil {
				return nil, fmt.Errorf("%s:%d: at %s: %s", s.Name, l.n, l.at, w.instead(l.text, err.Error()))
			}
			continue
		}
		if err := w.await(l); err != nil {
			return nil, fmt.Errorf("%s:%d: at %v: %w", s.Name, l.n, time.Since(w.start), err)
		}
		say(fmt.Sprintf("%9.3f  it is true that %s", time.Since(w.start).Seconds(), l.text))
	}
	left := w.Settle()
	facts = w.report()
	if len(left) > 0 {
		return facts, fmt.Errorf("%s: when all was over, something was left: %s", s.Name, strings.Join(left, "; "))
	}
	return append(facts, "nothing left: no leg, timer, lease or port"), nil
}

// await waits until an expectation is true.
func (w *World) await(l sentence) error {
	end := time.Now().Add(l.within)
	for {
		synctest.Wait()
		ok, why, err := w.holds(l.text)
		switch {
		case err != nil:
			return err
		case ok:
			return nil
		case !time.Now().Before(end):
			return fmt.Errorf("expected %q within %s; instead: %s", l.text, l.within, w.instead(l.text, why))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
