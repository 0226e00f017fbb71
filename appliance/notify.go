package appliance

import (
	"context"
	"log/slog"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"

	"github.com/coreos/go-systemd/v22/daemon"
)

// ready tells systemd, when it started us, that we are there.
func ready(log *slog.Logger) {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("systemd was not told that we are ready", "err", err)
	}
}

func stopping() { _, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) } // nothing depends on it

// watchdog tells systemd that the exchange still takes its turns, as often as it asks. A loop that hangs is not reported, so that we are started again.
func watchdog(ctx context.Context, l *loop, log *slog.Logger) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not served", "err", err)
	}
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if l.ask(ctx, func(*exchange.State, fact.Moment) {}) != nil {
			return
		}
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
			log.Warn("systemd's watchdog was not told", "err", err)
		}
	}
}
