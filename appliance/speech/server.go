package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"autocom/appliance/speech/wyoming"
)

// maxSession is how long one connection to a speech server may last.
const maxSession = time.Minute

// maxFromServer is how much one connection may bring, in bytes: five minutes of speech at 22,050 Hz.
const maxFromServer = 16 << 20

// A Server is a speech server that speaks the Wyoming protocol: a Recogniser, a Synthesiser, or both. It may be used by any number of goroutines;
// more than its places at once find it full.
type Server struct {
	at     wyoming.Address
	rate   int
	places chan struct{}
}

// NewServer is the server at an address that was checked by wyoming.ParseAddress. rate is what it is given to hear, in Hz: 16000 for most; places
// is how many callers it can serve at once.
func NewServer(at wyoming.Address, rate, places int) (*Server, error) {
	if err := checkForm(rate, 2, 1); err != nil {
		return nil, err
	}
	if places < 1 || places > 100 {
		return nil, fmt.Errorf("%d places at a speech server: between 1 and 100", places)
	}
	return &Server{at: at, rate: rate, places: make(chan struct{}, places)}, nil
}

// session is one connection, with a place taken.
type session struct {
	net.Conn
	events  *wyoming.Reader
	release func()
}

func (s *Server) dial(ctx context.Context) (*session, error) {
	select {
	case s.places <- struct{}{}:
	default:
		return nil, ErrFull
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, s.at.Network, s.at.At)
	if err != nil {
		<-s.places
		return nil, fmt.Errorf("the speech server at %s: %w", s.at.At, err)
	}
	_ = conn.SetDeadline(time.Now().Add(maxSession)) // a connection that is gone says so at the next use
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &session{Conn: conn, events: wyoming.NewReader(conn, maxFromServer), release: func() {
		stop()
		_ = conn.Close()
		<-s.places
	}}, nil
}

// next reads on to an event that is one of the wanted; an error event is an error.
func (s *session) next(wanted ...string) (wyoming.Event, error) {
	for {
		e, err := s.events.Read()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrGone
		}
		if err != nil {
			return wyoming.Event{}, err
		}
		if e.Type == wyoming.Error {
			return wyoming.Event{}, fmt.Errorf("the speech server says %.200q", e.String("text"))
		}
		if slices.Contains(wanted, e.Type) {
			return e, nil
		}
	}
}
