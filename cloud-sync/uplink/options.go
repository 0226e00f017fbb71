package uplink

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"
)

// Options is what a link needs of its box. Enrol alone uses Floor, Dial, Proxy and Through.
type Options struct {
	Dir     string // of the link's own files
	Who     Identity
	Journal Journal
	Head    Head
	Site    Site
	Box     Box
	Teller  Teller
	Log     *slog.Logger // nil: none

	Floor   time.Time                                 // it is later than this for sure: when the program was built
	Proxy   func() string                             // the branch's proxy now, http://host:port; nil or empty: none
	Dial    Dialer                                    // nil: the network
	Through func(http.RoundTripper) http.RoundTripper // what requests pass; nil: nothing. Tests put a bad line here
	Pace    Pace
}

// Pace is how often and how long; a zero field is its default.
type Pace struct {
	Beat      time.Duration // between two statuses; 60 s, with a tenth of jitter
	Watched   time.Duration // while somebody looks; 2 s
	Reconnect time.Duration // the first try after a loss is within this; 30 s
	Backoff   time.Duration // the base of the tries after it, doubled each time, full jitter; 5 s
	Most      time.Duration // and their bound; 5 min
	Poll      time.Duration // between two looks for a document while the stream does not work; 60 s, with a fifth of jitter
	Stream    time.Duration // a stream is made anew after this; 15 min
	Silence   time.Duration // a stream without a word for so long is dead; 75 s: keep-alives come every 25 s
	First     time.Duration // a stream's first word; 10 s
	Again     time.Duration // a stream that does not work is tried again after this; 1 h
	Trial     time.Duration // for a document to show that it does no harm; 10 min
	Settle    time.Duration // before anybody looks whether it does; 5 s
	Confirm   time.Duration // between two tries to have it confirmed; 10 s
	Trickle   time.Duration // between two batches of a backlog; 1 s
}

func (p Pace) filled() Pace {
	or := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	or(&p.Beat, time.Minute)
	or(&p.Watched, 2*time.Second)
	or(&p.Reconnect, 30*time.Second)
	or(&p.Backoff, 5*time.Second)
	or(&p.Most, 5*time.Minute)
	or(&p.Poll, time.Minute)
	or(&p.Stream, 15*time.Minute)
	or(&p.Silence, 75*time.Second)
	or(&p.First, 10*time.Second)
	or(&p.Again, time.Hour)
	or(&p.Trial, 10*time.Minute)
	or(&p.Settle, 5*time.Second)
	or(&p.Confirm, 10*time.Second)
	or(&p.Trickle, time.Second)
	return p
}

// retry is how long to wait after so many failures in a row, the first being 1: full jitter, so that a thousand boxes do not come back at once.
func (p Pace) retry(failures int, wasUp bool) time.Duration {
	if wasUp {
		return rand.N(p.Reconnect)
	}
	d := p.Backoff
	for range min(failures-1, 16) {
		if d *= 2; d >= p.Most {
			d = p.Most
			break
		}
	}
	return rand.N(d) + min(time.Second, d/5)
}

// around is d, give or take a part of it.
func around(d time.Duration, part float64) time.Duration {
	span := time.Duration(float64(d) * part)
	return d - span + rand.N(2*span+1)
}
