package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// monitor speaks QEMU's machine protocol: one command at a time.
type monitor struct {
	mu   sync.Mutex
	conn net.Conn
	dec  *json.Decoder
}

const monitorTime = 20 * time.Second

func newMonitor(conn net.Conn) (*monitor, error) {
	m := &monitor{conn: conn, dec: json.NewDecoder(conn)}
	var greeting map[string]any
	if err := errors.Join(conn.SetReadDeadline(time.Now().Add(monitorTime)), m.dec.Decode(&greeting)); err != nil {
		return nil, fmt.Errorf("monitor: %w", err)
	}
	return m, m.do("qmp_capabilities")
}

func (m *monitor) do(command string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.conn.SetDeadline(time.Now().Add(monitorTime)); err != nil {
		return err
	}
	if err := json.NewEncoder(m.conn).Encode(map[string]string{"execute": command}); err != nil {
		return fmt.Errorf("monitor: %s: %w", command, err)
	}
	for {
		var answer struct {
			Return json.RawMessage `json:"return"`
			Error  *struct {
				Desc string `json:"desc"`
			} `json:"error"`
		}
		if err := m.dec.Decode(&answer); err != nil {
			return fmt.Errorf("monitor: %s: %w", command, err)
		}
		switch {
		case answer.Error != nil:
			return fmt.Errorf("monitor: %s: %s", command, answer.Error.Desc)
		case answer.Return != nil:
			return nil
		} // anything else is an event
	}
}
