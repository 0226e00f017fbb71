package appliance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"autocom/appliance/media/engine"
	"autocom/appliance/media/run"
	"autocom/appliance/site"
	"autocom/dsp/tone"
)

// soundOrder is what the media process needs to know. The core writes it for it: the site document holds passwords, which are none of its business.
type soundOrder struct {
	Bind       string        `json:"bind"` // IP address on which RTP ports are opened
	Advertised string        `json:"advertised"`
	First      int           `json:"first"` // RTP range
	Last       int           `json:"last"`
	Initial    site.Duration `json:"initial"` // silence before the first packet
	Lost       site.Duration `json:"lost"`    // and after it
	Country    string        `json:"country"` // whose tones are played, ISO 3166-1
}

// orderSound leaves the media process its order. Others than the box may read it: it holds what every packet shows.
func orderSound(l Layout, doc *site.Document) error {
	at, err := netip.ParseAddrPort(doc.Network.SIP)
	if err != nil {
		return fmt.Errorf("network.sip: %w", err)
	}
	host, err := advertised(doc)
	if err != nil {
		return err
	}
	text, err := json.Marshal(soundOrder{
		Bind: at.Addr().String(), Advertised: host.String(), First: doc.Network.RTP.First, Last: doc.Network.RTP.Last,
		Initial: doc.Network.MediaFirst, Lost: doc.Network.MediaLost, Country: doc.Site.Country,
	})
	if err != nil {
		return err
	}
	if err := writeWhole(l.soundOrder(), text); err != nil {
		return fmt.Errorf("the media process's order: %w", err)
	}
	return os.Chmod(l.soundOrder(), 0o640)
}

// orderPause is how often the media process looks for an order that is not there yet.
const orderPause = 50 * time.Millisecond

// awaitOrder waits until the core has said what to do.
func awaitOrder(ctx context.Context, l Layout) (o soundOrder, err error) {
	tick := time.NewTicker(orderPause)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(l.soundOrder())
		switch {
		case err == nil:
			if err := json.Unmarshal(text, &o); err != nil {
				return o, fmt.Errorf("%s: %w: the core writes it when it starts", l.soundOrder(), err)
			}
			return o, nil
		case !errors.Is(err, os.ErrNotExist):
			return o, err
		}
		select {
		case <-ctx.Done():
			return o, ctx.Err()
		case <-tick.C:
		}
	}
}

// RunMedia is the media process until the context ends. users may command it besides root and its own.
func RunMedia(ctx context.Context, l Layout, log *slog.Logger, users []uint32) error {
	if err := l.makeRun(); err != nil {
		return err
	}
	o, err := awaitOrder(ctx, l)
	if err != nil {
		return ended(ctx, err)
	}
	tones, err := tone.In(o.Country)
	if err != nil {
		log.Warn("callers hear the tones of France", "err", err)
	}
	cfg := run.Config{
		Socket: l.mediaSocket(), BindIP: o.Bind, AdvertisedIP: o.Advertised, PortMin: o.First, PortMax: o.Last,
		AllowedUIDs: users, Log: log, Ready: func() { ready(log) },
		Engine: engine.Config{Initial: time.Duration(o.Initial), Lost: time.Duration(o.Lost), Tones: tones},
	}
	run.Tune(cfg)
	return ended(ctx, run.Serve(ctx, cfg))
}

// ended forgets the error of having been told to stop.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
