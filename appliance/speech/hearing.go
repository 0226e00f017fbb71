package speech

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"

	"autocom/appliance/speech/wyoming"
)

// queued is how many frames of one caller may wait for the server: 10 s of 20 ms.
const queued = 500

// serverHearing is one answer on its way through a Server. Two goroutines serve it; Close waits for both.
type serverHearing struct {
	s       *session
	frames  chan []int16 // closed by End
	results chan Result
	stop    chan struct{}
	done    sync.WaitGroup
	ended   bool
}

// Start opens a connection, says the language and that sound comes.
func (s *Server) Start(ctx context.Context, g Grammar) (Hearing, error) {
	toRate, err := newConverter(sampleRate, s.rate)
	if err != nil {
		return nil, err
	}
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	form := wyoming.Format{Rate: s.rate, Width: 2, Channels: 1}
	err = errors.Join(
		wyoming.Write(c, wyoming.Transcribe, map[string]string{"language": language(g.Language)}, nil),
		wyoming.Write(c, wyoming.AudioStart, form, nil),
	)
	if err != nil {
		c.release()
		return nil, err
	}
	h := &serverHearing{s: c, frames: make(chan []int16, queued), results: make(chan Result, 8), stop: make(chan struct{})}
	h.done.Go(func() { h.send(toRate, form) })
	h.done.Go(h.receive)
	return h, nil
}

// send passes the frames on. An error closes the connection, which receive tells.
func (h *serverHearing) send(toRate *converter, form wyoming.Format) {
	var raw []byte
	chunk := func(samples []int16) error {
		raw = raw[:0]
		for _, s := range samples {
			raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
		}
		if len(raw) == 0 {
			return nil
		}
		return wyoming.Write(h.s, wyoming.AudioChunk, form, raw)
	}
	for {
		select {
		case <-h.stop:
			return
		case f, more := <-h.frames:
			var err error
			if more {
				err = chunk(toRate.convert(f))
			} else {
				err = errors.Join(chunk(toRate.flush()), wyoming.Write(h.s, wyoming.AudioStop, struct{}{}, nil))
			}
			if err != nil {
				_ = h.s.Close() // receive says that it is gone
				return
			}
			if !more {
				return
			}
		}
	}
}

// receive reads the server's texts.
func (h *serverHearing) receive() {
	defer close(h.results)
	var soFar strings.Builder
	for {
		e, err := h.s.next(wyoming.Transcript, wyoming.TranscriptChunk)
		r := Result{Err: err, Text: e.String("text")}
		switch {
		case err != nil:
		case e.Type == wyoming.TranscriptChunk:
			if soFar.WriteString(r.Text); soFar.Len() > 10*MaxPhrase {
				r = Result{Err: wyoming.ErrTooLong}
			} else {
				r.Text = soFar.String()
			}
		default:
			r.Final = true
		}
		select {
		case h.results <- r:
		case <-h.stop:
			return
		}
		if r.Final || r.Err != nil {
			return
		}
	}
}

// Write queues a frame; a server that is ten seconds behind is given up.
func (h *serverHearing) Write(samples []int16) error {
	if h.ended {
		return nil
	}
	select {
	case h.frames <- append([]int16(nil), samples...):
		return nil
	default:
		return ErrSlow
	}
}

func (h *serverHearing) End() error {
	if !h.ended {
		h.ended = true
		close(h.frames)
	}
	return nil
}

func (h *serverHearing) Results() <-chan Result { return h.results }

func (h *serverHearing) Close() error {
	close(h.stop)
	h.s.release()
	h.done.Wait()
	return nil
}
