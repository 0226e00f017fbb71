package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"autocom/appliance/exchange/fact"
)

// Client asks a running box. Its methods may be called on any goroutine and block until the answer or the context's end.
type Client struct {
	path string
	http *http.Client
}

// ErrNoBox is in the error of a Client when nothing answers at the socket.
var ErrNoBox = errors.New("no box answers")

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

func (c *Client) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://box"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w at %s: is the core running, and is this its socket? (%w)", ErrNoBox, c.path, errors.Unwrap(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var e wireError
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(&e); err != nil {
		return nil, fmt.Errorf("the box answered %s", resp.Status)
	}
	if len(e.Reasons) > 0 {
		return nil, &Refused{Reasons: e.Reasons}
	}
	if e.Code != "" {
		return nil, &LinkError{Code: e.Code, Sentence: e.Error, Remedy: e.Remedy, Detail: e.Detail}
	}
	switch resp.StatusCode {
	case http.StatusNotFound:
		return nil, said{e.Error, ErrNotFound}
	case http.StatusUnprocessableEntity:
		return nil, said{e.Error, ErrDocument}
	case http.StatusBadRequest:
		return nil, said{e.Error, ErrCommand}
	default:
		return nil, errors.New(e.Error)
	}
}

// said is an error in the box's own words, recognisable as what it is.
type said struct {
	words string
	is    error
}

func (s said) Error() string        { return s.words }
func (s said) Is(target error) bool { return target == s.is }

func ask[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	resp, err := c.do(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("the box's answer is cut or garbled: %w", err)
	}
	return out, nil
}

// Status asks how the box is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, http.MethodGet, "/v1/status", nil)
}

// Command asks the box to do something.
func (c *Client) Command(ctx context.Context, cmd Command) error {
	_, err := ask[struct{}](ctx, c, http.MethodPost, "/v1/command", cmd)
	return err
}

// Order asks for what agents and supervisors ask for: a command by its name, and its fields.
func (c *Client) Order(ctx context.Context, name string, fields map[string]any) (Done, error) {
	all := map[string]any{"command": name}
	maps.Copy(all, fields)
	return ask[Done](ctx, c, http.MethodPost, "/v1/command", all)
}

// Reload asks the box to read its site document again.
func (c *Client) Reload(ctx context.Context) (Reloaded, error) {
	return ask[Reloaded](ctx, c, http.MethodPost, "/v1/reload", nil)
}

// Trace asks for one call's story.
func (c *Client) Trace(ctx context.Context, call string) (Trace, error) {
	return ask[Trace](ctx, c, http.MethodGet, "/v1/calls/"+url.PathEscape(call)+"/trace", nil)
}

// Facts gives facts after an address until yield says no, the context ends, or, without follow, there are no more.
func (c *Client) Facts(ctx context.Context, after fact.Address, follow bool, yield func(fact.Entry) bool) error {
	q := url.Values{"stream": {after.Stream}, "epoch": {strconv.FormatUint(uint64(after.Epoch), 10)}, "n": {strconv.FormatUint(after.N, 10)}, "follow": {strconv.FormatBool(follow)}}
	resp, err := c.do(ctx, http.MethodGet, "/v1/facts?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var broken wireError
		if json.Unmarshal(lines.Bytes(), &broken) == nil && broken.Error != "" {
			return errors.New(broken.Error)
		}
		var e fact.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			if errors.Is(err, fact.ErrUnknownKind) { // written by a later box: the rest still makes sense
				continue
			}
			return err
		}
		if !yield(e) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return lines.Err()
}
