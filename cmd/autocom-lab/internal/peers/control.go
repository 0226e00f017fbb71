package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Remote gives commands to a baresip, as somebody at its keyboard would.
type Remote struct {
	conn net.Conn
	in   *bufio.Reader
}

// Reach connects to the control port of a baresip that has just been started.
func Reach(at netip.AddrPort) (*Remote, error) {
	for end := time.Now().Add(5 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", at.String(), time.Second)
		if err == nil {
			return &Remote{conn, bufio.NewReader(conn)}, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("peers: baresip takes no commands: %w", err)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// Close ends the connection.
func (r *Remote) Close() { _ = r.conn.Close() }

// Do gives a command and waits for what it says.
func (r *Remote) Do(command, params string) (string, error) {
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": command})
	if err != nil {
		return "", err
	}
	_ = r.conn.SetDeadline(time.Now().Add(5 * time.Second)) // a connection of the kernel's takes deadlines
	if _, err := fmt.Fprintf(r.conn, "%d:%s,", len(text), text); err != nil {
		return "", err
	}
	for {
		var answer struct {
			Response bool   `json:"response"`
			OK       bool   `json:"ok"`
			Data     string `json:"data"`
			Token    string `json:"token"`
		}
		if err := r.next(&answer); err != nil {
			return "", err
		}
		switch {
		case !answer.Response || answer.Token != command: // an event
		case !answer.OK:
			return answer.Data, fmt.Errorf("peers: baresip will not %s %s: %s", command, params, answer.Data)
		default:
			return answer.Data, nil
		}
	}
}

// next reads one netstring.
func (r *Remote) next(into any) error {
	size, err := r.in.ReadString(':')
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
	if err != nil || n < 0 || n > 1<<20 {
		return fmt.Errorf("peers: baresip says %q", size)
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(r.in, text); err != nil {
		return err
	}
	return json.Unmarshal(text[:n], into)
}
