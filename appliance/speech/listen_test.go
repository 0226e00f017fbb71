package speech

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// frame is 20 ms of a caller: loud is a voice-like buzz near −17 dBm0, otherwise the hiss of a quiet line near −60.
func frame(loud bool) []int16 {
	f := make([]int16, 160)
	for i := range f {
		if loud {
			f[i] = int16(3000 * math.Sin(2*math.Pi*float64(i)/32) * (1 + 0.5*math.Sin(2*math.Pi*float64(i)/7)))
		} else {
			f[i] = int16(20 * math.Sin(float64(i*i)))
		}
	}
	return f
}

// speaker sends frames in real time: quiet, then loud, then quiet until ctx ends.
func speaker(ctx context.Context, quiet, loud time.Duration) <-chan []int16 {
	audio := make(chan []int16)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for at := time.Duration(0); ; at += 20 * time.Millisecond {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			select {
			case <-ctx.Done():
				return
			case audio <- frame(at >= quiet && at < quiet+loud):
			}
		}
	}()
	return audio
}

// engine is a recogniser that does as it is told.
type engine struct {
	opens   time.Duration // before Start returns
	answers time.Duration // after End
	result  Result
	fails   error // of Start
	broken  error // of Write
	mute    bool  // no result ever
	vanish  bool  // results end without one
	early   bool  // a final result while the caller still speaks
	partial []string

	heard  int // samples
	closed int
}

func (e *engine) Start(ctx context.Context, _ Grammar) (Hearing, error) {
	select {
	case <-time.After(e.opens):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e.fails != nil {
		return nil, e.fails
	}
	h := &engineHearing{e: e, results: make(chan Result, 10), stop: make(chan struct{})}
	for _, p := range e.partial {
		h.results <- Result{Text: p}
	}
	return h, nil
}

type engineHearing struct {
	e       *engine
	results chan Result
	stop    chan struct{}
}

func (h *engineHearing) Write(s []int16) error {
	h.e.heard += len(s)
	if h.e.early && h.e.heard > 4000 {
		h.e.early = false
		h.results <- h.e.result
	}
	return h.e.broken
}

func (h *engineHearing) End() error {
	if h.e.mute {
		return nil
	}
	go func() {
		select {
		case <-time.After(h.e.answers):
			if !h.e.vanish {
				h.results <- h.e.result
			}
			close(h.results)
		case <-h.stop:
		}
	}()
	return nil
}

func (h *engineHearing) Results() <-chan Result { return h.results }

func (h *engineHearing) Close() error {
	h.e.closed++
	close(h.stop)
	return nil
}

// final reads all news and wants exactly one final one, the last.
func final(t *testing.T, news <-chan News) (last News, began bool) {
	t.Helper()
	ended := false
	for n := range news {
		if ended {
			t.Fatalf("%v after the end", n.Kind)
		}
		began = began || n.Kind == Began
		last, ended = n, n.Kind.Final()
	}
	if !ended {
		t.Fatal("no final news")
	}
	return last, began
}

func TestEveryQuestionIsAnsweredInTime(t *testing.T) {
	far := errors.New("no route to host")
	said := Result{Text: "comptabilité", Final: true}
	for _, c := range []struct {
		name   string
		engine *engine
		quiet  time.Duration
		loud   time.Duration
		kind   Kind
		intent string
		why    error
		least  time.Duration
		most   time.Duration
	}{
		{"a phrase is recognised", &engine{result: said}, time.Second, time.Second, Recognised, "accounts", nil, 2600 * time.Millisecond, 2800 * time.Millisecond},
		{"a phrase is recognised though the engine opens after it was begun", &engine{result: said, opens: 900 * time.Millisecond}, 0, time.Second, Recognised, "accounts", nil, 1600 * time.Millisecond, 1800 * time.Millisecond},
		{"a phrase is recognised before its end", &engine{result: said, early: true}, time.Second, 5 * time.Second, Recognised, "accounts", nil, time.Second, 2 * time.Second},
		{"an engine that is not sure", &engine{result: Result{Text: "comptabilité", Final: true, Sure: 40}}, time.Second, time.Second, NoMatch, "", nil, 0, 3 * time.Second},
		{"another phrase is no match", &engine{result: Result{Text: "quelle heure est-il", Final: true}}, time.Second, time.Second, NoMatch, "", nil, 0, 3 * time.Second},
		{"an empty text is no match", &engine{result: Result{Final: true}}, time.Second, time.Second, NoMatch, "", nil, 0, 3 * time.Second},
		{"nobody speaks", &engine{result: said}, time.Hour, 0, NoInput, "", nil, 7 * time.Second, 7 * time.Second},
		{"somebody knocks", &engine{result: said}, time.Second, 40 * time.Millisecond, NoInput, "", nil, 7 * time.Second, 7 * time.Second},
		{"the caller does not stop", &engine{result: said}, 0, time.Hour, Recognised, "accounts", nil, 10 * time.Second, 10100 * time.Millisecond},
		{"the engine refuses", &engine{fails: far}, time.Second, time.Second, NoRecogniser, "", far, 0, 0},
		{"the engine does not open", &engine{opens: time.Hour}, 0, time.Second, NoRecogniser, "", ErrSlow, time.Second, time.Second},
		{"the engine does not answer", &engine{mute: true}, 0, time.Second, NoRecogniser, "", ErrSlow, 4600 * time.Millisecond, 4800 * time.Millisecond},
		{"the engine answers too late", &engine{result: said, answers: time.Minute}, 0, time.Second, NoRecogniser, "", ErrSlow, 4600 * time.Millisecond, 4800 * time.Millisecond},
		{"the engine goes away", &engine{vanish: true}, 0, time.Second, NoRecogniser, "", ErrGone, 0, 2 * time.Second},
		{"the engine takes no more", &engine{broken: far}, 0, time.Second, NoRecogniser, "", far, 0, time.Second},
		{"the engine fails", &engine{result: Result{Err: far}}, 0, time.Second, NoRecogniser, "", far, 0, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				start := time.Now()
				got, _ := final(t, Listen(ctx, c.engine, Question{Grammar: menu(), Audio: speaker(ctx, c.quiet, c.loud)}))
				took := time.Since(start)
				if got.Kind != c.kind || got.Intent != c.intent || took < c.least || took > c.most {
					t.Fatalf("got %v %q after %v (%v), want %v %q between %v and %v", got.Kind, got.Intent, took, got.Why, c.kind, c.intent, c.least, c.most)
				}
				if c.kind == NoRecogniser {
					_, typed := errors.AsType[*Unavailable](got.Why)
					if !typed || !errors.Is(got.Why, c.why) {
						t.Fatalf("got %v, want %v", got.Why, c.why)
					}
				}
				cancel()
				synctest.Wait()
				if opened := c.engine.fails == nil && c.engine.opens < time.Hour; opened != (c.engine.closed == 1) {
					t.Fatalf("the hearing was closed %d times", c.engine.closed)
				}
			})
		})
	}
}

func TestWithoutARecogniserTheMenuGoesOnAtOnce(t *testing.T) {
	got, _ := final(t, Listen(t.Context(), nil, Question{Grammar: menu()}))
	if got.Kind != NoRecogniser || !errors.Is(got.Why, ErrAbsent) {
		t.Fatalf("got %v, %v", got.Kind, got.Why)
	}
}

func TestAKeyAlwaysCounts(t *testing.T) {
	for name, e := range map[string]*engine{
		"absent":    nil,
		"well":      {result: Result{Text: "oui", Final: true}},
		"slow":      {opens: time.Hour},
		"mute":      {mute: true},
		"refusing":  {fails: errors.New("no")},
		"wrong":     {result: Result{Text: "non", Final: true}, early: true},
		"immediate": {partial: []string{"non", "non", "non", "non", "non", "non"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				keys := make(chan rune, 1)
				keys <- '4'
				var r Recogniser
				if e != nil {
					r = e
				}
				start := time.Now()
				got, _ := final(t, Listen(ctx, r, Question{Grammar: menu(), Audio: speaker(ctx, 0, time.Hour), Keys: keys}))
				if got.Kind != Pressed || got.Key != '4' || got.Intent != "yes" || time.Since(start) != 0 {
					t.Fatalf("got %+v after %v", got, time.Since(start))
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

func TestAKeyCountsWhileTheRecogniserThinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		keys := make(chan rune)
		go func() {
			time.Sleep(3 * time.Second) // fake time: the answer ended at 1.7 s, the engine has until 4.7 s
			keys <- '9'
		}()
		got, _ := final(t, Listen(ctx, &engine{mute: true}, Question{Grammar: menu(), Audio: speaker(ctx, 0, time.Second), Keys: keys}))
		if got.Kind != Pressed || got.Key != '9' || got.Intent != "" {
			t.Fatalf("got %+v", got)
		}
	})
}

func TestThePromptMayBeInterruptedOnlyWhereItIsAllowed(t *testing.T) {
	for _, bargeIn := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			over := make(chan struct{})
			time.AfterFunc(20*time.Second, func() { close(over) }) // longer than every limit: they begin after it
			start := time.Now()
			e := &engine{result: Result{Text: "dépannage", Final: true}}
			got, began := final(t, Listen(ctx, e, Question{Grammar: menu(), Audio: speaker(ctx, 2*time.Second, time.Second), Prompt: over, BargeIn: bargeIn}))
			if bargeIn && (!began || got.Intent != "repairs" || time.Since(start) > 4*time.Second) {
				t.Fatalf("the caller could not interrupt: %+v after %v", got, time.Since(start))
			}
			if !bargeIn && (began || got.Kind != NoInput || time.Since(start) != 27*time.Second) {
				t.Fatalf("the caller interrupted: %+v after %v", got, time.Since(start))
			}
		})
	}
}

func TestTheCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		audio := make(chan []int16)
		time.AfterFunc(time.Second, func() { close(audio) })
		if got, _ := final(t, Listen(t.Context(), &engine{}, Question{Grammar: menu(), Audio: audio})); got.Kind != Cancelled {
			t.Fatalf("got %v", got.Kind)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, _ := final(t, Listen(ctx, &engine{}, Question{Grammar: menu()})); got.Kind != Cancelled {
			t.Fatalf("got %v", got.Kind)
		}
	})
}

func TestTheRecogniserHearsTheAnswerAndNotTheSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		e := &engine{result: Result{Text: "oui", Final: true}}
		if got, _ := final(t, Listen(ctx, e, Question{Grammar: menu(), Audio: speaker(ctx, 5*time.Second, time.Second)})); got.Intent != "yes" {
			t.Fatalf("got %+v", got)
		}
		// 1 s of answer, 0.4 s before it, 0.7 s after it
		if low, high := 2*8000, 22*800; e.heard < low || e.heard > high {
			t.Fatalf("%d samples were sent, want %d to %d", e.heard, low, high)
		}
	})
}

func TestNewsThatNobodyReadsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &engine{partial: []string{"c", "co", "com", "comp", "compt"}, result: Result{Text: "comptabilité", Final: true}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		news := Listen(ctx, e, Question{Grammar: menu(), Audio: speaker(ctx, 0, time.Second)})
		time.Sleep(10 * time.Second)
		if got, _ := final(t, news); got.Kind != Recognised {
			t.Fatalf("got %+v", got)
		}
	})
}
