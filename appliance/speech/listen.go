package speech

import (
	"context"
	"time"
)

// A Kind says what a News is about. Those from Recognised on are final.
type Kind int

// What happens while a caller is listened to.
const (
	Began        Kind = iota // the caller speaks: a prompt that may be interrupted stops now
	Heard                    // what was understood so far
	Recognised               // the caller said one of the phrases
	NoMatch                  // the caller spoke, and it was none of the phrases, or not surely
	NoInput                  // the caller said nothing
	Pressed                  // the caller pressed a key
	NoRecogniser             // speech is unavailable: Why says it
	Cancelled                // whoever asked does not want to know any more, or the caller left
)

// String names the kind for the log.
func (k Kind) String() string {
	names := [...]string{"began", "heard", "recognised", "no match", "no input", "pressed", "no recogniser", "cancelled"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Final reports whether nothing comes after.
func (k Kind) Final() bool { return k >= Recognised }

// News is what Listen tells.
type News struct {
	Kind   Kind
	Text   string // of Heard, Recognised and NoMatch
	Intent string // of Recognised, and of Pressed when the key has one
	Sure   int    // percent, of Recognised and NoMatch
	Key    rune   // of Pressed
	Why    error  // of NoRecogniser, always an *Unavailable
}

// Limits bound one question in time. Zero fields have the value in their comment.
type Limits struct {
	Open    time.Duration // 1 s: the recogniser's, to be ready
	NoInput time.Duration // 7 s: the caller's, to begin, once the prompt is over
	Speech  time.Duration // 10 s: the caller's, to finish
	Quiet   time.Duration // 700 ms: of quiet that ends an answer
	Answer  time.Duration // 3 s: the recogniser's, once the caller has finished
	Sure    int           // 60 percent: less is no match
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&l.Open, time.Second},
		{&l.NoInput, 7 * time.Second},
		{&l.Speech, 10 * time.Second},
		{&l.Quiet, 700 * time.Millisecond},
		{&l.Answer, 3 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if l.Sure <= 0 {
		l.Sure = 60
	}
	return l
}

// A Question is one wait for a caller's answer.
type Question struct {
	Grammar Grammar
	Audio   <-chan []int16  // what the caller says, 8 kHz, frames of at most 60 ms; closed when the caller leaves
	Keys    <-chan rune     // what the caller types
	Prompt  <-chan struct{} // closed when the prompt is over; nil when none is played
	BargeIn bool            // the caller may speak while the prompt is played
	Limits  Limits
}

// Listen waits for one caller's answer. It tells of any number of Began and Heard, then of exactly one final News, and closes the channel. The
// final News comes within the sum of the limits after the prompt, whatever the recogniser does; r may be nil. The caller of Listen need not read
// in time: a Heard may be left out, the rest waits. A key is final at once.
func Listen(ctx context.Context, r Recogniser, q Question) <-chan News {
	news := make(chan News, 4)
	q.Limits = q.Limits.withDefaults()
	go func() {
		defer close(news)
		l := &listening{q: q, news: news, ear: newEar(q.Limits.Quiet)}
		news <- l.run(ctx, r) // there is always room: tell leaves it
	}()
	return news
}

type opened struct {
	hearing Hearing
	err     error
}

// listening is one run of Listen. Its goroutine owns it.
type listening struct {
	q    Question
	news chan<- News
	ear  *ear

	hearing Hearing
	begun   bool      // the caller speaks, or has spoken
	ended   bool      // and has finished
	kept    [][]int16 // what the recogniser has yet to get: before it is ready, and just before the caller began
}

// tell passes on what is not final, unless nobody reads.
func (l *listening) tell(n News) {
	if len(l.news) < cap(l.news)-1 {
		l.news <- n
	}
}

func (l *listening) run(ctx context.Context, r Recogniser) News {
	if r == nil {
		return l.unlessKey(unavailable(ErrAbsent))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan opened)
	go func() {
		h, err := r.Start(ctx, l.q.Grammar)
		select {
		case ready <- opened{h, err}:
		case <-ctx.Done(): // nobody waits any more
			if err == nil {
				_ = h.Close()
			}
		}
	}()
	defer func() {
		if l.hearing != nil {
			_ = l.hearing.Close()
		}
	}()
	return l.unlessKey(l.wait(ctx, ready))
}

// unlessKey lets a key that came at the same moment win.
func (l *listening) unlessKey(n News) News {
	select {
	case key, on := <-l.q.Keys:
		if on {
			return l.pressed(key)
		}
	default:
	}
	return n
}

func (l *listening) pressed(key rune) News {
	return News{Kind: Pressed, Key: key, Intent: l.q.Grammar.Keys[key]}
}

func (l *listening) wait(ctx context.Context, ready <-chan opened) News {
	open := time.NewTimer(l.q.Limits.Open)
	defer open.Stop()
	patience := time.NewTimer(l.q.Limits.NoInput) // for the caller to begin, then to finish, then for the recogniser's answer
	defer patience.Stop()
	prompt := l.q.Prompt
	if prompt != nil {
		patience.Stop()
	}
	var results <-chan Result
	audio, keys := l.q.Audio, l.q.Keys
	for {
		select {
		case <-ctx.Done():
			return News{Kind: Cancelled}
		case key, on := <-keys:
			if on {
				return l.pressed(key)
			}
			keys = nil
		case o := <-ready:
			if o.err != nil {
				return unavailable(o.err)
			}
			open.Stop()
			ready = nil
			l.hearing, results = o.hearing, o.hearing.Results()
			if err := l.catchUp(); err != nil {
				return unavailable(err)
			}
		case <-open.C:
			if l.hearing == nil {
				return unavailable(ErrSlow)
			}
		case <-prompt:
			prompt = nil
			if !l.begun {
				patience.Reset(l.q.Limits.NoInput)
			}
		case frame, on := <-audio:
			if !on {
				return News{Kind: Cancelled}
			}
			if prompt != nil && !l.q.BargeIn {
				continue
			}
			change, err := l.hear(frame)
			if err != nil {
				return unavailable(err)
			}
			switch change {
			case begins:
				patience.Reset(l.q.Limits.Speech)
			case ends:
				patience.Reset(l.q.Limits.Answer)
			case goesOn:
			}
		case <-patience.C:
			switch {
			case !l.begun:
				return News{Kind: NoInput}
			case l.ended:
				return unavailable(ErrSlow)
			default: // long enough: what was said must do
				if err := l.end(); err != nil {
					return unavailable(err)
				}
				patience.Reset(l.q.Limits.Answer)
			}
		case result, more := <-results:
			switch {
			case !more:
				return unavailable(ErrGone)
			case result.Err != nil:
				return unavailable(result.Err)
			case result.Final:
				return l.judge(result)
			default:
				l.tell(News{Kind: Heard, Text: result.Text})
			}
		}
	}
}

func unavailable(why error) News {
	return News{Kind: NoRecogniser, Why: &Unavailable{Why: why}}
}

// before is how many frames ahead of the first loud one go to the recogniser: a word begins softly.
const before = 20

// hear takes one frame: the recogniser gets the answer, not the silence around it.
func (l *listening) hear(frame []int16) (change, error) {
	if l.ended {
		return goesOn, nil
	}
	c := l.ear.hear(frame)
	switch {
	case c == begins:
		l.begun = true
		l.tell(News{Kind: Began})
	case !l.begun:
		if len(l.kept) == before {
			l.kept = append(l.kept[:0], l.kept[1:]...)
		}
		l.kept = append(l.kept, append([]int16(nil), frame...))
		return goesOn, nil
	}
	l.kept = append(l.kept, append([]int16(nil), frame...)) // bounded by the time to open
	if l.hearing != nil {
		if err := l.flush(); err != nil {
			return c, err
		}
	}
	if c == ends {
		return c, l.end()
	}
	return c, nil
}

func (l *listening) flush() error {
	for _, f := range l.kept {
		if err := l.hearing.Write(f); err != nil {
			return err
		}
	}
	l.kept = l.kept[:0]
	return nil
}

func (l *listening) end() error {
	l.ended = true
	if l.hearing == nil {
		return nil // catchUp says it
	}
	return l.hearing.End()
}

// catchUp gives a recogniser that has just become ready what was said meanwhile.
func (l *listening) catchUp() error {
	if !l.begun {
		return nil
	}
	if err := l.flush(); err != nil {
		return err
	}
	if l.ended {
		return l.hearing.End()
	}
	return nil
}

// judge turns the final text into what it means.
func (l *listening) judge(r Result) News {
	intent, sure := l.q.Grammar.Match(r.Text)
	if r.Sure > 0 {
		sure = sure * min(r.Sure, 100) / 100
	}
	if intent == "" || sure < l.q.Limits.Sure {
		return News{Kind: NoMatch, Text: r.Text, Sure: sure}
	}
	return News{Kind: Recognised, Text: r.Text, Intent: intent, Sure: sure}
}
