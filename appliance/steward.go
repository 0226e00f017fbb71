package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"autocom/appliance/steward"
	"autocom/hwio/board"
	"autocom/hwio/led"

	"github.com/coreos/go-systemd/v22/daemon"
)

// StewardOptions is what a steward needs besides the layout.
type StewardOptions struct {
	Socket string // empty: the layout's
	State  string // empty: the layout's
	Allow  []uint32
	// Firmware is which of an image's firmwares runs; nil: not one of an image.
	Firmware func() steward.Firmware
	Box      bool // this machine is the box: its network, clock, power and logs are the steward's
}

// RunSteward answers the privileged verbs until the context ends. An unkept change of the network goes back then.
func RunSteward(ctx context.Context, l Layout, o StewardOptions, log *slog.Logger) error {
	if o.Socket == "" {
		o.Socket = l.StewardSocket()
		if err := l.makeRun(); err != nil {
			return err
		}
	}
	if o.State == "" {
		o.State = l.StewardFolder()
		if err := os.MkdirAll(l.State, 0o750); err != nil {
			return fmt.Errorf("%w: choose a place this user may write with --state", err)
		}
	}
	with := steward.Options{State: o.State, Allow: o.Allow, Built: programDate(), Log: log, Firmware: o.Firmware}
	if o.Box {
		if !steward.Booted("/") {
			return errors.New("--box: systemd does not run this machine, so it is no Autocom box: leave --box out")
		}
		with = with.ForBox()
		lamps, err := led.Open("/sys")
		if err != nil {
			log.Warn("the lamps cannot be used", "err", err)
		} else {
			with.Lamps, with.Table = lamps, board.Detect("/").Lamps
		}
	} else {
		log.Info("this machine's network, clock, power and logs are not the steward's to change: it only shows the network")
	}
	s, err := steward.Serve(o.Socket, with)
	if err != nil {
		return err
	}
	log.Info("the steward answers", "socket", o.Socket, "box", o.Box)
	ready(log)
	served, over := context.WithCancel(ctx)
	defer over()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		knock(served, o.Socket, log)
	}()
	<-ctx.Done()
	stopping()
	over()
	<-watched
	return s.Close()
}

// programDate is when this program was built, as its file says: no clock is right that says less. Zero when a build that is the same every
// time gave it a date of its own.
func programDate() time.Time {
	self, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	info, err := os.Stat(self)
	if err != nil || info.ModTime().Year() < 2026 || info.ModTime().After(time.Now()) {
		return time.Time{}
	}
	return info.ModTime()
}

// knock serves systemd's watchdog: the steward is alive when its socket answers, be it that there is no such page. It asks no verb: they
// are for people.
func knock(ctx context.Context, socket string, log *slog.Logger) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not served", "err", err)
	}
	if err != nil || every == 0 {
		return
	}
	client := &http.Client{Timeout: every / 3, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := answers(ctx, client); err != nil {
			log.Error("the steward's own socket does not answer", "err", err)
			continue
		}
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
			log.Warn("systemd's watchdog was not told", "err", err)
		}
	}
}

func answers(ctx context.Context, client *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://steward/", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10))
	return errors.Join(err, resp.Body.Close())
}
