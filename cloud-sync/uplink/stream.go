package uplink

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"strings"
	"time"

	"autocom/cloud-sync/wire"
)

const (
	maxStreamLine  = 16 << 10 // bytes
	streamFailures = 2        // in a row, then the link polls
)

// listen is the loop that keeps a stream of nudges open. When streams do not get through, the link polls and tries one again by the hour.
func (l *Link) listen(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		c, _, up := l.ready()
		if !up {
			failures = 0
			if !wait(ctx, l.streamNow, -1) {
				return
			}
			continue
		}
		err := l.nudges(ctx, c)
		l.setStream(false)
		if ctx.Err() != nil {
			return
		}
		pause := rand.N(5 * time.Second)
		if err == nil {
			failures = 0
		} else if failures++; failures >= streamFailures {
			l.o.Log.Info("streams do not get through: the link polls", "error", err)
			pause = around(l.o.Pace.Again, 0.1)
		}
		if t, is := errors.AsType[*Trouble](err); is {
			pause = max(pause, t.Again)
		}
		if err != nil {
			l.suspect(err)
		}
		if failures < streamFailures {
			wake(l.fetchNow) // what happened while no stream was open is asked for
		}
		if !wait(ctx, l.streamNow, pause) {
			return
		}
	}
}

func (l *Link) setStream(works bool) {
	l.mu.Lock()
	l.stream = works
	l.mu.Unlock()
}

// errSilent is about a stream that says nothing any more.
var errSilent = errors.New("the stream fell silent")

// nudges reads one stream until its time is over (nil) or it breaks.
func (l *Link) nudges(ctx context.Context, c *client) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, err := ask{path: wire.PathStream}.request(ctx, c.base)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	dog := time.AfterFunc(l.o.Pace.First, func() { cancel(errSilent) })
	defer dog.Stop()
	w, err := c.fresh.RoundTrip(r)
	if err != nil {
		return unreached(errors.Join(context.Cause(ctx), err), c.host, c.clock.now())
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusOK {
		return c.answer(w, &struct{}{})
	}
	if kind, _, err := mime.ParseMediaType(w.Header.Get("Content-Type")); err != nil || kind != "text/event-stream" {
		return portal(c.host, "it answers "+fmt.Sprintf("%q", printable(w.Header.Get("Content-Type"), 40)), w.StatusCode)
	}
	end := time.Now().Add(around(l.o.Pace.Stream, 0.1))
	err = readEvents(w.Body, func() bool {
		dog.Reset(l.o.Pace.Silence)
		l.setStream(true)
		now, _ := l.current()
		return time.Now().Before(end) && now == c
	}, l.nudged)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if errors.Is(err, io.EOF) && time.Until(end) > l.o.Pace.Stream-l.o.Pace.Silence {
		return fmt.Errorf("the stream ended early: %w", io.ErrUnexpectedEOF)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// nudged acts on an event.
func (l *Link) nudged(n wire.Nudge) {
	if n.Desired != 0 {
		wake(l.fetchNow)
	}
	if n.Watched {
		l.mu.Lock()
		l.watched = time.Now().Add(30 * time.Second)
		l.mu.Unlock()
		wake(l.beatNow)
	}
	if n.Facts {
		l.mu.Lock()
		l.probe = true
		l.mu.Unlock()
		wake(l.sendNow)
	}
}

// readEvents reads an event stream. alive is called at every line and says whether to go on; nudge at every nudge that can be read. It returns nil
// when alive says no.
func readEvents(r io.Reader, alive func() bool, nudge func(wire.Nudge)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1024), maxStreamLine)
	event, data := "", ""
	for lines.Scan() {
		if !alive() {
			return nil
		}
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" {
			var n wire.Nudge
			if event == wire.NudgeEvent && json.Unmarshal([]byte(data), &n) == nil {
				nudge(n)
			}
			event, data = "", ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			event = value
		case "data":
			if len(data)+len(value) > maxStreamLine {
				return bufio.ErrTooLong
			}
			data += value
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}
