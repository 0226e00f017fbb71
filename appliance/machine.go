package appliance

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"autocom/hwio/board"
	"autocom/hwio/snapshot"
)

// machineEvery is how often the hardware is looked at.
const machineEvery = 10 * time.Second

// machine is the hardware as it was seen last: a sensor or a disk that hangs must not hold up who asks.
type machine struct {
	board board.Board
	open  *snapshot.Machine
	seen  atomic.Pointer[snapshot.Snapshot]
}

func openMachine(state string) *machine {
	m := &machine{open: snapshot.Open("/", state)}
	m.board = m.open.Board()
	return m
}

func (m *machine) now() snapshot.Snapshot {
	if s := m.seen.Load(); s != nil {
		return *s
	}
	return snapshot.Snapshot{Board: m.board.Name, Serial: m.board.Serial}
}

// keep looks at the hardware until the context ends.
func (m *machine) keep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(machineEvery)
	defer tick.Stop()
	told := ""
	for {
		s, err := m.open.Read()
		m.seen.Store(&s)
		if words := errorWords(err); words != told { // once, not every ten seconds
			if told = words; told != "" {
				log.Info("some of the hardware cannot be read", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func errorWords(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
