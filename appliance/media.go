package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"autocom/appliance/media/engine"
	"autocom/appliance/media/run"
)

// RunMedia is the media process until the context ends.
func RunMedia(ctx context.Context, l Layout, log *slog.Logger) error {
	if err := l.make(); err != nil {
		return err
	}
	doc, err := readSite(l)
	if err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(doc.Network.SIP)
	if err != nil {
		return fmt.Errorf("network.sip: %w", err)
	}
	host, err := advertised(doc)
	if err != nil {
		return err
	}
	cfg := run.Config{
		Socket: l.mediaSocket(), BindIP: at.Addr().String(), AdvertisedIP: host.String(),
		PortMin: doc.Network.RTP.First, PortMax: doc.Network.RTP.Last, Log: log, Ready: func() { ready(log) },
		Engine: engine.Config{Initial: time.Duration(doc.Network.MediaFirst), Lost: time.Duration(doc.Network.MediaLost)},
	}
	run.Tune(cfg)
	err = run.Serve(ctx, cfg)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
