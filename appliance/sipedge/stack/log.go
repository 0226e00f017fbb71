package stack

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// discard is the log of sipgo's transactions, which tell of every retransmission.
var discard = slog.New(slog.DiscardHandler)

// seldom lets something happen once in a while.
type seldom struct{ last atomic.Int64 }

func (s *seldom) due(now time.Time, every time.Duration) bool {
	last := s.last.Load()
	return now.UnixNano()-last >= int64(every) && s.last.CompareAndSwap(last, now.UnixNano())
}

// recovered is deferred around everything that a message can reach: a panic costs that message, not the box. A request is answered 500.
func (s *Stack) recovered(what string, r *Request) {
	cause := recover()
	if cause == nil {
		return
	}
	s.counters.panics.Add(1)
	text := fmt.Sprint(cause)
	s.log.Error("panic while handling SIP", "what", what, "panic", text[:min(len(text), 200)], "stack", stackHash())
	if r != nil && r.tx != nil {
		// ErrAnswered when the Sink had already answered: then there is nothing to add.
		_ = r.Respond(500, "", nil, nil)
	}
}

// stackHash names the place of a panic, the same one each time, without a page of text.
func stackHash() string {
	var pcs [32]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	h := fnv.New64a()
	where := ""
	for {
		f, more := frames.Next()
		_, _ = fmt.Fprintf(h, "%s:%d\n", f.Function, f.Line)
		if where == "" && f.Function != "runtime.gopanic" {
			where = f.Function + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			break
		}
	}
	return fmt.Sprintf("%016x %s", h.Sum64(), where)
}
