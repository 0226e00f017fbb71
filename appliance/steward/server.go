package steward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"autocom/hwio/led"
	"autocom/hwio/netif"
)

// Limits of the socket.
const (
	MaxRequests = 8        // at once
	maxBody     = 16 << 10 // bytes of a question
	maxArgs     = 4 << 10  // bytes of a question that are audited
	bodyTime    = 5 * time.Second
)

// Options is what the steward works with. A part that is nil is not the steward's to touch, and its verbs say so with ErrNotOurs.
type Options struct {
	State    string        // folder of its own: settings that stay, the audit file, the clock's floor
	Folder   string        // of systemd-networkd's files, "/etc/systemd/network"
	Socket   string        // the interface to set; empty: the first wired one, with a cable if there is one
	Trial    time.Duration // until an unkept change goes back; 0: a minute
	Built    time.Time     // the firmware's date: no clock is right that says less; zero: this program's year
	Allow    []uint32      // users who may ask, besides root and the steward's own; see UserIDs
	Networkd Networkd
	Machine  Machine
	Clock    Clock
	Journal  Journal
	Probe    Prober // nil: a trial is not looked at
	Lamps    led.Front
	Table    []led.Row       // of the board: what the lamps show after a test
	Links    netif.Network   // nil: the kernel's
	Firmware func() Firmware // which firmware runs; nil: this machine has one. Called by requests; it does not block
	Log      *slog.Logger    // nil: none
}

// ForBox fills in the parts of a box that systemd runs. Where it does not, they stay nil: the caller asks Booted, and whether this
// machine is a box at all, as a developer's machine may be run by systemd too.
func (o Options) ForBox() Options {
	o.Networkd, o.Machine, o.Clock, o.Journal = Systemd{}, Systemd{}, Systemd{}, Systemd{}
	o.Probe = Wire{}
	if o.Folder == "" {
		o.Folder = "/etc/systemd/network"
	}
	return o
}

// Server answers on a Unix socket until it is closed.
type Server struct {
	http  *http.Server
	done  chan error
	desk  *desk
	audit *audit
}

// desk carries the verbs out.
type desk struct {
	Options
	keeper  *keeper // nil: the network is not ours
	audit   *audit
	rates   *rates
	allowed map[uint32]bool
	slots   chan struct{}
	lamps   chan struct{} // one test at a time
}

type peerKey struct{}

// Serve listens at path. A socket left behind by a process that is gone is replaced; one that is alive is an error.
// An unkept change of the network is put back before Serve takes its first question.
func Serve(path string, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Links == nil {
		o.Links = netif.Open("/sys", "/etc/resolv.conf", nil)
	}
	if o.Trial <= 0 {
		o.Trial = trialTime
	}
	if o.Built.IsZero() {
		o.Built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if err := folder(o.State, 0o700); err != nil {
		return nil, err
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return nil, errors.Join(fmt.Errorf("%s: another steward answers there: stop it first", path), conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("steward's socket: %w", err)
	}
	trail, err := openAudit(o.State)
	if err != nil {
		return nil, err
	}
	d := &desk{
		Options: o, audit: trail, rates: newRates(), slots: make(chan struct{}, MaxRequests), lamps: make(chan struct{}, 1),
		allowed: map[uint32]bool{0: true, uint32(os.Getuid()): true},
	}
	for _, uid := range o.Allow {
		d.allowed[uid] = true
	}
	if o.Networkd != nil && o.Folder != "" {
		if err := os.MkdirAll(o.Folder, 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("network files: %w", err), trail.close())
		}
		d.keeper = &keeper{state: o.State, folder: o.Folder, networkd: o.Networkd, links: o.Links, socket: o.Socket, whole: o.Trial, log: o.Log}
		if err := d.keeper.begin(); err != nil {
			return nil, errors.Join(err, trail.close())
		}
	}
	s := &Server{desk: d, audit: trail, done: make(chan error, 1)}
	s.http = &http.Server{
		Handler:           d.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			uid, err := peerUser(c)
			if err != nil {
				return ctx
			}
			return context.WithValue(ctx, peerKey{}, uid)
		},
	}
	l, err := net.Listen("unix", path)
	if err == nil {
		// Everybody may knock: who may ask is decided by the peer's user, which no mode of a file can say so well.
		err = os.Chmod(path, 0o666)
	}
	if err != nil {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
		d.close()
		return nil, errors.Join(fmt.Errorf("steward's socket: %w", err), trail.close())
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

func (d *desk) close() {
	if d.keeper != nil {
		d.keeper.close()
	}
}

// lastAnswers is how long an answer under way may take to get out.
const lastAnswers = time.Second

// Close stops answering, puts an unkept change of the network back, and waits.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	_ = s.http.Shutdown(ctx) // what is not over by then is cut
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.desk.close()
	if c := s.desk.Clock; c != nil && c.Synced() {
		err = errors.Join(err, saveFloor(s.desk.State, time.Now(), s.desk.Built))
	}
	return errors.Join(err, s.audit.close())
}
