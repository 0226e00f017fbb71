package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"autocom/appliance/media/engine"
	"autocom/appliance/mediactl"
)

var (
	errBadRequest  = errors.New("the request is not complete")
	errNoRecording = errors.New("no such recording")
)

// greeting is how long a client may take to say hello.
const greeting = 5 * time.Second

// maxClients bounds the connections.
const maxClients = 16

// client is one connection of the core (or of the browser phones' process).
type client struct {
	conn    *mediactl.Conn
	out     chan mediactl.Message
	refused *mediactl.Error // not a connection at all: a command that a shard refused
}

// post queues a message; a client that leaves 4,096 unread is hung up on, connects again and asks for the legs.
func (c *client) post(m mediactl.Message) {
	select {
	case c.out <- m:
	default:
		_ = c.conn.Close() // its reader notices
	}
}

// accept takes connections until the listener closes.
func (d *desk) accept(ctx context.Context, l *net.UnixListener) error {
	var all sync.WaitGroup
	defer all.Wait()
	places := make(chan struct{}, maxClients)
	for {
		nc, err := l.AcceptUnix()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept on the control socket: %w", err)
		}
		select {
		case places <- struct{}{}:
		default:
			_ = nc.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-places }()
			if err := d.converse(ctx, mediactl.NewConn(nc)); err != nil && ctx.Err() == nil {
				d.cfg.Log.Warn("a control connection ended", "error", err)
			}
		})
	}
}

// converse is one connection.
func (d *desk) converse(ctx context.Context, conn *mediactl.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }() // the writer may have closed it
	if err := d.admit(conn); err != nil {
		return err
	}
	if _, err := conn.Greet("autocom media", greeting); err != nil {
		return err
	}
	c := &client{conn: conn, out: make(chan mediactl.Message, 4096)}
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		defer func() { _ = conn.Close() }() // wakes the reader; it may have closed it
		for {
			select {
			case m := <-c.out:
				if conn.Write(m, nil) != nil {
					return
				}
			case <-done:
				return
			}
		}
	})
	defer writer.Wait()
	defer close(done)
	if !d.hand(ctx, order{from: c}) {
		return nil
	}
	defer d.hand(ctx, order{from: c, gone: true})
	for {
		m, file, err := conn.Read()
		if err != nil {
			return mediactl.Broken(err)
		}
		if m.Request == nil {
			return fmt.Errorf("a client sends requests only: %w", mediactl.ErrShape)
		}
		o := order{from: c, request: m.Request, file: file}
		if !d.hand(ctx, o) {
			o.close()
			return nil
		}
	}
}

// hand gives an order to the desk, which may be busy: the client's socket fills up meanwhile.
func (d *desk) hand(ctx context.Context, o order) bool {
	select {
	case d.inbox <- o:
		return true
	case <-ctx.Done():
		return false
	}
}

// admit lets in our own user, root and those configured.
func (d *desk) admit(conn *mediactl.Conn) error {
	uid, err := conn.PeerUID()
	if err != nil {
		return err
	}
	if !permitted(uid, os.Getuid(), d.cfg.AllowedUIDs) {
		return fmt.Errorf("user %d may not command the media process", uid)
	}
	return nil
}

func permitted(uid uint32, own int, others []uint32) bool {
	return uid == 0 || int(uid) == own || slices.Contains(others, uid)
}

// keep makes a copy of a passed descriptor that outlives the order it came with.
func keep(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("keep a descriptor: %w", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// refusal turns an error into its code: the one table.
func refusal(err error) *mediactl.Error {
	if err == nil {
		return nil
	}
	code := mediactl.CodeFailed
	for _, c := range []struct {
		is   error
		code mediactl.Code
	}{
		{errBadRequest, mediactl.CodeBadRequest},
		{errNoRecording, mediactl.CodeBadRequest},
		{errNoPorts, mediactl.CodeNoPorts},
		{engine.ErrUnknownLeg, mediactl.CodeUnknownLeg},
		{engine.ErrLegOpen, mediactl.CodeLegOpen},
		{engine.ErrUnknownSound, mediactl.CodeUnknownSound},
		{engine.ErrBadMedia, mediactl.CodeBadMedia},
		{engine.ErrNoEvents, mediactl.CodeBadMedia},
		{engine.ErrTooMany, mediactl.CodeBadRequest},
		{engine.ErrBusy, mediactl.CodeBusy},
		{engine.ErrOldPlan, mediactl.CodeOldPlan},
		{engine.ErrNotRecorded, mediactl.CodeNotRecorded},
	} {
		if errors.Is(err, c.is) {
			code = c.code
			break
		}
	}
	return &mediactl.Error{Code: code, Text: err.Error()}
}

// translate turns what the engine says into what the protocol says.
func translate(e engine.Event) mediactl.Event {
	out := mediactl.Event{Leg: e.Leg}
	switch e.Kind {
	case engine.FirstPacket:
		out.Kind = mediactl.FirstPacket
	case engine.Digit:
		out.Kind, out.Digit, out.InVoice, out.Millis = mediactl.Digit, string(rune(e.Digit)), e.InVoice, e.Duration.Milliseconds()
	case engine.PromptDone:
		out.Kind, out.Token, out.Finished = mediactl.PromptDone, e.Token, e.Finished
	case engine.MediaLost:
		out.Kind, out.Millis = mediactl.MediaLost, e.Duration.Milliseconds()
	case engine.Stats:
		stats := statsOf(e.Stats)
		out.Kind, out.Stats = mediactl.LegStats, &stats
	}
	return out
}

// statsOf is the same counts as the protocol writes them.
func statsOf(s engine.Statistics) mediactl.Stats { return mediactl.Stats(s) }

func sortLegs(legs []mediactl.Leg) {
	slices.SortFunc(legs, func(a, b mediactl.Leg) int { return cmp.Compare(a.Leg, b.Leg) })
}
