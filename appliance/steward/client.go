package steward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Client asks a running steward. Its methods may be called on any goroutine and block until the answer or the context's end.
// A refusal is one of the errors beside Verb, by errors.Is, or a *ProblemsError.
type Client struct {
	path string
	http *http.Client
}

// ErrNoSteward is in the error of a Client when nothing answers at the socket.
var ErrNoSteward = errors.New("no steward answers")

// Dial makes a client of the socket at path. It connects with the first question.
func Dial(path string) *Client {
	return &Client{path: path, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Network asks how the network is set and how it is.
func (c *Client) Network(ctx context.Context) (Network, error) {
	return call[Network](ctx, c, VerbNetwork, empty{})
}

// TryNetwork puts settings on trial. They go back by themselves unless KeepNetwork follows with the trial's token.
func (c *Client) TryNetwork(ctx context.Context, s Settings) (Trial, error) {
	return call[Trial](ctx, c, VerbTry, s)
}

// KeepNetwork makes the settings on trial stay.
func (c *Client) KeepNetwork(ctx context.Context, token string) (Network, error) {
	return call[Network](ctx, c, VerbKeep, keepRequest{token})
}

// RevertNetwork ends the trial at once.
func (c *Client) RevertNetwork(ctx context.Context) (Network, error) {
	return call[Network](ctx, c, VerbRevert, empty{})
}

// Firmware asks which firmware runs.
func (c *Client) Firmware(ctx context.Context) (Firmware, error) {
	return call[Firmware](ctx, c, VerbFirmware, empty{})
}

// Reboot restarts the box.
func (c *Client) Reboot(ctx context.Context) error {
	_, err := call[empty](ctx, c, VerbReboot, empty{})
	return err
}

// PowerOff switches the box off.
func (c *Client) PowerOff(ctx context.Context) error {
	_, err := call[empty](ctx, c, VerbPowerOff, empty{})
	return err
}

// Restart starts the core, media or console again, and comes back when it is up.
func (c *Client) Restart(ctx context.Context, u Unit) error {
	_, err := call[empty](ctx, c, VerbRestart, restartRequest{u})
	return err
}

// SetTime sets the clock.
func (c *Client) SetTime(ctx context.Context, t time.Time) error {
	_, err := call[empty](ctx, c, VerbTime, timeRequest{t})
	return err
}

// Logs asks for the last lines of the box's programs, oldest first.
func (c *Client) Logs(ctx context.Context, q LogQuery) ([]LogLine, error) {
	return call[[]LogLine](ctx, c, VerbLogs, q)
}

// TestLamps lights one lamp after the other, and comes back after the last.
func (c *Client) TestLamps(ctx context.Context) error {
	_, err := call[empty](ctx, c, VerbLamps, empty{})
	return err
}

// maxAnswer bounds an answer, in bytes: MaxLines of logs are the largest.
const maxAnswer = 4 << 20

func call[T any](ctx context.Context, c *Client, v Verb, in any) (T, error) {
	var out T
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://steward"+v.path(), bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		return out, fmt.Errorf("%w at %s: is it running, and is this its socket? (%w)", ErrNoSteward, c.path, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	text := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode == http.StatusOK {
		if err := text.Decode(&out); err != nil {
			return out, fmt.Errorf("the steward's answer is cut or garbled: %w", err)
		}
		return out, nil
	}
	var e wireError
	if err := text.Decode(&e); err != nil {
		return out, fmt.Errorf("the steward answered %s", resp.Status)
	}
	if len(e.Problems) > 0 {
		return out, &ProblemsError{e.Problems}
	}
	for _, known := range codes() {
		if known.code == e.Code {
			return out, answer{e.Error, known.err}
		}
	}
	return out, errors.New(e.Error)
}

// answer is a refusal in the steward's own words, recognisable as what it is.
type answer struct {
	words string
	is    error
}

func (a answer) Error() string        { return a.words }
func (a answer) Is(target error) bool { return target == a.is }
