//go:build interop

package main

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

// A floor is an office of many phones that answer at once, each behind a number of its own, with both ends of every call in hand.
type floor struct {
	*office
	phones, carrier *ua.Agent
	stop            context.CancelFunc
	serving         sync.WaitGroup

	mu    sync.Mutex
	taken map[string]*line.Line // by extension
}

func direct(i int) string { return fmt.Sprintf("+334721%05d", i) }
func desk(i int) string   { return fmt.Sprint(300 + i) }

// openFloor starts a box with n phones; change may alter the branch first.
func openFloor(t *testing.T, n int, change func(*branch.Branch)) *floor {
	t.Helper()
	b := branch.Branch{Name: "Étage", SIP: free(t, "127.0.0.1"), Carrier: free(t, "127.0.0.2"), RTPFirst: 20000, RTPLast: 21999, MaxCalls: 200}
	for i := range n {
		b.Phones = append(b.Phones, branch.Phone{Number: desk(i), Name: "Poste " + desk(i), Secret: branch.Secret()})
		b.Services = append(b.Services, branch.Service{Number: direct(i), Name: "Ligne " + desk(i), Extension: desk(i)})
	}
	if change != nil {
		change(&b)
	}
	return furnish(t, start(t, b, t.TempDir()))
}

// furnish puts phones and a carrier into an office.
func furnish(t *testing.T, o *office) *floor {
	t.Helper()
	f := &floor{office: o, taken: map[string]*line.Line{}}
	b := o.Branch
	var err error
	if f.phones, err = ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.11:0"), Box: b.SIP, Name: "floor", ReuseNonce: true}); err != nil {
		t.Fatal(err)
	}
	if f.carrier, err = ua.Listen(ua.Config{Listen: b.Carrier, Box: b.SIP, Name: "carrier"}); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, f.stop = context.WithCancel(context.Background())
	f.serving.Go(func() { f.serve(ctx) })
	t.Cleanup(func() {
		f.stop()
		f.serving.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, l := range f.taken {
			l.Call.Vanish()
			l.Close()
		}
		_, _ = f.phones.Close(), f.carrier.Close()
	})
	for _, p := range b.Phones {
		if _, err := f.phones.Register(f.ctx, ua.Account{User: p.Number, Secret: p.Secret}, 600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// serve answers every call at once with the extension's own tone.
func (f *floor) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-f.phones.Incoming():
			number := c.Called()
			l, err := line.Take(f.phones, c, line.Options{Sound: line.Tone(branch.Tone(number))})
			if err != nil {
				continue
			}
			f.mu.Lock()
			before := f.taken[number]
			f.taken[number] = l
			f.mu.Unlock()
			if before != nil {
				f.serving.Go(before.Close)
			}
			_ = l.Answer() // a caller who left is seen by the test
		}
	}
}

// A pair is one call with both its ends.
type pair struct {
	caller, called *line.Line
	tone           float64 // of the called
}

// bridge places n calls and listens until both ends of each hear the other.
func (f *floor) bridge(n int) []pair {
	f.t.Helper()
	all := make([]pair, n)
	for i := range n {
		l, err := line.Place(f.carrier, ua.Invite{To: direct(i), From: fmt.Sprintf("06123%05d", i)}, line.Options{Sound: line.Tone(callerTone(i))})
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(func() {
			l.Call.Vanish()
			l.Close()
		})
		all[i] = pair{caller: l, tone: branch.Tone(desk(i))}
	}
	for i := range all {
		if _, err := all[i].caller.Wait(f.ctx, ua.Answered); err != nil {
			f.t.Fatalf("call %d: %v", i, err)
		}
	}
	for i := range all {
		f.mu.Lock()
		all[i].called = f.taken[desk(i)]
		f.mu.Unlock()
		if all[i].called == nil {
			f.t.Fatalf("call %d did not reach its phone", i)
		}
	}
	f.hear(all, 5*time.Second)
	return all
}

func callerTone(i int) float64 { return 1600 + 30*float64(i%20) }

// hear wants both ends of every call to hear the other within that time.
func (f *floor) hear(all []pair, within time.Duration) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, within)
	defer cancel()
	errs := make(chan error, 2*len(all))
	for i, p := range all {
		go func() {
			_, err := p.caller.Expect(ctx, p.tone)
			errs <- wrap("caller", i, err)
		}()
		go func() {
			_, err := p.called.Expect(ctx, callerTone(i))
			errs <- wrap("called", i, err)
		}()
	}
	bad := 0
	for range 2 * len(all) {
		if err := <-errs; err != nil {
			if bad++; bad <= 3 {
				f.t.Error(err)
			}
		}
	}
	if bad > 0 {
		f.t.Fatalf("%d of %d ends do not hear the other", bad, 2*len(all))
	}
}

func wrap(who string, i int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s of call %d: %w", who, i, err)
}

// gone waits until both ends of every call were hung up by the box.
func (f *floor) gone(all []pair, within time.Duration) {
	f.t.Helper()
	late := time.After(within)
	for i, p := range all {
		for who, l := range map[string]*line.Line{"caller": p.caller, "called": p.called} {
			select {
			case <-l.Call.Done():
				if k := l.Call.Last().Kind; k != ua.HungUp {
					f.t.Errorf("%s of call %d: %s, want a BYE", who, i, l.Call.Last())
				}
			case <-late:
				f.t.Fatalf("%s of call %d still has its call after %s", who, i, within)
			}
		}
	}
}

// hangUp lets every caller hang up and wants the called to be told.
func (f *floor) hangUp(all []pair) {
	f.t.Helper()
	for _, p := range all {
		p.caller.Call.HangUp()
	}
	late := time.After(5 * time.Second)
	for i, p := range all {
		for who, l := range map[string]*line.Line{"caller": p.caller, "called": p.called} {
			select {
			case <-l.Call.Done():
			case <-late:
				f.t.Fatalf("%s of call %d: the hang-up did not pass", who, i)
			}
		}
		if k := p.called.Call.Last().Kind; k != ua.HungUp {
			f.t.Errorf("called of call %d: %s", i, p.called.Call.Last())
		}
	}
}

// until reads facts until they please.
func (o *office) until(what string, pleases func(facts) bool) facts {
	o.t.Helper()
	for {
		all, err := o.box.Facts(o.ctx)
		if err == nil && pleases(all) {
			return all
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("%s never came (%v): %s", what, err, facts(all))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// endedOnce wants each call opened to have ended, once, and gives the ends.
func endedOnce(t *testing.T, fs facts) facts {
	t.Helper()
	ends := map[string]int{}
	for _, f := range fs.of("call.ended") {
		ends[f.Field("call")]++
	}
	for _, f := range fs.of("call.opened") {
		if n := ends[f.Field("call")]; n != 1 {
			t.Errorf("call %s ended %d times", f.Field("call"), n)
		}
	}
	return fs.of("call.ended")
}

// Point 10: the core dies under 50 calls.
func TestInteropCoreKilledUnder50Calls(t *testing.T) {
	const n = 50
	f := openFloor(t, n, nil)
	all := f.bridge(n)
	// Nobody starts a core for a while.
	if _, err := f.box.Signal("run", syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		p.caller.Flow.ResetGap()
		p.called.Flow.ResetGap()
	}
	if _, err := f.box.Kill("core"); err != nil {
		t.Fatal(err)
	}
	dead := time.Now()
	<-time.After(2 * time.Second) // listening closely would itself make the lab late
	var worst time.Duration
	var lost uint64
	for _, p := range all {
		a, b := p.caller.Flow.Stats(), p.called.Flow.Stats()
		worst, lost = max(worst, a.MaxGap, b.MaxGap), lost+a.Lost+b.Lost
	}
	t.Logf("the core was dead for %s: the longest pause in anybody's sound was %s, %d packets were lost", time.Since(dead).Round(time.Millisecond), worst, lost)
	if worst > 250*time.Millisecond || lost > 0 { // the lab itself is late under so many calls
		t.Errorf("sound paused for %s, %d packets lost", worst, lost)
	}
	f.hear(all, 5*time.Second)
	if a := f.box.Do(f.ctx, "status"); a.Code != 3 {
		t.Errorf("a core that is dead answers: %+v", a)
	}
	back := time.Now()
	if _, err := f.box.Signal("run", syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	f.gone(all, 15*time.Second)
	t.Logf("every peer had its BYE %s after a core could start again", time.Since(back).Round(time.Millisecond))
	fs := f.until("the end of every call", func(fs facts) bool { return len(fs.of("call.ended")) >= n })
	for _, e := range endedOnce(t, fs) {
		want(t, e, "outcome", "answered")
		want(t, e, "hung_up_by", "box")
		if e.Field("cause") == "" {
			t.Errorf("no cause: %s", e.Body)
		}
	}
	started := fs.of("box.started")
	if len(started) != 2 || started[1].Field("clean") != "false" {
		t.Errorf("starts: %s", started)
	}
	more := f.bridge(3)
	f.hangUp(more)
	endedOnce(t, f.until("the end of the new calls", func(fs facts) bool { return len(fs.of("call.ended")) >= n+3 }))
}

// Point 10: the media process dies under 50 calls.
func TestInteropMediaKilledUnder50Calls(t *testing.T) {
	const n = 50
	f := openFloor(t, n, nil)
	all := f.bridge(n)
	before := make([]netip.AddrPort, n)
	for i, p := range all {
		before[i] = p.caller.Flow.Stats().From
	}
	killed := time.Now()
	if _, err := f.box.Kill("media"); err != nil {
		t.Fatal(err)
	}
	f.until("the media process's return", func(fs facts) bool { return len(fs.of("media.changed")) >= 3 })
	f.hear(all, 8*time.Second)
	moved := 0
	for i, p := range all {
		if p.caller.Flow.Stats().From != before[i] {
			moved++
		}
	}
	t.Logf("everybody hears the other again %s after the media process died; %d of %d callers from another port", time.Since(killed).Round(time.Millisecond), moved, n)
	changes := f.until("facts", func(facts) bool { return true }).of("media.changed")
	if got := fmt.Sprint(changes[0].Field("up"), changes[1].Field("up"), changes[2].Field("up")); got != "truefalsetrue" {
		t.Errorf("media changed %q: %s", got, changes)
	}
	f.hangUp(all)
	for _, e := range endedOnce(t, f.until("the end of every call", func(fs facts) bool { return len(fs.of("call.ended")) >= n })) {
		want(t, e, "outcome", "answered")
		want(t, e, "hung_up_by", "caller")
	}
}

// A planned restart keeps two bridged calls: their sound never stops, and hold and hang-up work afterwards.
func TestInteropPlannedRestartKeepsCalls(t *testing.T) {
	f := openFloor(t, 2, nil)
	all := f.bridge(2)
	bridged := time.Now()
	for _, p := range all {
		p.caller.Flow.ResetGap()
		p.called.Flow.ResetGap()
	}
	if a := f.box.Do(f.ctx, "restart"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	f.until("the next core", func(fs facts) bool { return len(fs.of("box.started")) >= 2 })
	f.hear(all, 5*time.Second)
	for i, p := range all {
		for who, l := range map[string]*line.Line{"caller": p.caller, "called": p.called} {
			s := l.Flow.Stats()
			t.Logf("call %d, %s: longest pause %s, own lateness %s, lost %d", i, who, s.MaxGap, s.Late, s.Lost)
			// What the lab itself sends late arrives late.
			if s.MaxGap > 100*time.Millisecond+s.Late || s.Lost > 0 || s.Sources != 1 {
				t.Errorf("call %d, %s: %+v", i, who, s)
			}
		}
	}
	if err := all[0].caller.Hold(f.ctx); err != nil {
		t.Fatal("hold after the restart: ", err)
	}
	if err := all[0].caller.Resume(f.ctx); err != nil {
		t.Fatal("resume after the restart: ", err)
	}
	f.hear(all, 5*time.Second)
	talked := time.Since(bridged)
	f.hangUp(all)
	fs := f.until("both ends", func(fs facts) bool { return len(fs.of("call.ended")) >= 2 })
	if n := len(fs.of("call.opened")); n != 2 {
		t.Errorf("%d calls opened, want 2: %s", n, fs)
	}
	for _, e := range endedOnce(t, fs) {
		want(t, e, "outcome", "answered")
		want(t, e, "hung_up_by", "caller")
		between(t, e, "talk_ms", talked-time.Second, talked+3*time.Second)
	}
	if s := fs.of("box.started")[1]; s.Field("resumed") != "2" {
		t.Errorf("resumed: %s", s.Body)
	}
	// With no call left, a stop waits for nothing.
	stopping := time.Now()
	f.box.Close()
	if took := time.Since(stopping); took > 1500*time.Millisecond {
		t.Errorf("the box took %s to stop", took)
	}
}

// A box that is stopped hangs up, and both ends are told.
func TestInteropStopHangsUp(t *testing.T) {
	f := openFloor(t, 3, nil)
	all := f.bridge(3)
	stopping := time.Now()
	f.box.Close()
	f.gone(all, 2*time.Second)
	if took := time.Since(stopping); took > 2500*time.Millisecond {
		t.Errorf("the box took %s to stop", took)
	}
	f.again()
	fs := f.until("the ends", func(fs facts) bool { return len(fs.of("box.started")) == 2 })
	for _, e := range endedOnce(t, fs) {
		want(t, e, "outcome", "answered")
		want(t, e, "hung_up_by", "box")
	}
	if s := fs.of("box.started")[1]; s.Field("clean") != "true" {
		t.Errorf("an orderly stop is taken for a crash: %s", s.Body)
	}
	f.hangUp(f.bridge(1))
}
