package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Door is who the box keeps out, and why. Its methods may block until their context ends.
type Door interface {
	Bans(ctx context.Context) ([]Ban, error)
	// Unban lets an address in again. The error is ErrNotFound for one that is not banned.
	Unban(ctx context.Context, a netip.Addr) error
}

// Doctor looks at everything that is known to go wrong at branch offices.
type Doctor interface {
	Doctor(ctx context.Context) ([]Finding, error)
}

// Prover proves a carrier's line by calls.
type Prover interface {
	// TestTrunk places the calls, and gives each step as it ends until yield says no or the context ends.
	TestTrunk(ctx context.Context, t TrunkTest, yield func(TestStep) bool) error
}

// Ban is one address that is kept out.
type Ban struct {
	Address string    `json:"address"`
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Times   int       `json:"times"` // how often it was banned so far: each time is longer
}

// Gravity is how bad a finding is.
type Gravity string

// The gravities.
const (
	Good    Gravity = "good"
	Notice  Gravity = "notice"  // worth knowing
	Trouble Gravity = "trouble" // calls suffer, or will
)

// Finding is one thing the doctor looked at.
type Finding struct {
	Code     string  `json:"code"` // stable
	Gravity  Gravity `json:"gravity"`
	About    string  `json:"about,omitempty"` // "trunk operateur", "phone 201"
	Sentence string  `json:"sentence"`
	Remedy   string  `json:"remedy,omitempty"`
	Evidence string  `json:"evidence,omitempty"`
}

// TrunkTest is which line to prove, and how.
type TrunkTest struct {
	Trunk     string `json:"trunk"`
	Number    string `json:"number,omitempty"`    // what is called; empty: the line's own number, so that the call comes back in
	Emergency bool   `json:"emergency,omitempty"` // call 112 too: on a simulated line only
}

// TestStep is one step of a proof.
type TestStep struct {
	Name     string `json:"name"`     // "out", "in", "identity", "dtmf", "hold", "refresh", "hang-up", "emergency"
	Sentence string `json:"sentence"` // what was tried and what was seen
	OK       bool   `json:"ok"`
	Skipped  bool   `json:"skipped,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
	Code     string `json:"code,omitempty"`   // of what went wrong, stable: those of appliance/wording's steps
	Detail   string `json:"detail,omitempty"` // what shows it, in no language: a SIP status, a number
	TookMS   int64  `json:"took_ms"`
}

func (h handler) door(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/bans", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.Bans(r.Context())) })
	mux.HandleFunc("DELETE /v1/bans/{address}", func(w http.ResponseWriter, r *http.Request) {
		a, err := netip.ParseAddr(r.PathValue("address"))
		if err != nil {
			fail(w, http.StatusBadRequest, fmt.Errorf("%q is no address", r.PathValue("address")))
			return
		}
		answer(w)(struct{}{}, h.box.Unban(r.Context(), a))
	})
	mux.HandleFunc("GET /v1/doctor", func(w http.ResponseWriter, r *http.Request) { answer(w)(h.box.Doctor(r.Context())) })
	mux.HandleFunc("POST /v1/trunks/{trunk}/test", h.testTrunk)
}

// testLine is one line of the stream of a proof: a step, or at the end what stopped it.
type testLine struct {
	Step  *TestStep `json:"step,omitempty"`
	Error string    `json:"error,omitempty"`
	Done  bool      `json:"done,omitempty"`
}

// testTrunk streams the steps as they end, one JSON object a line.
func (h handler) testTrunk(w http.ResponseWriter, r *http.Request) {
	var t TrunkTest
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("trunk test: %w", err))
		return
	}
	t.Trunk = r.PathValue("trunk")
	out, flush := json.NewEncoder(w), http.NewResponseController(w)
	begun := false
	say := func(l testLine) bool {
		if !begun {
			begun = true
			w.Header().Set("Content-Type", "application/x-ndjson")
		}
		return out.Encode(l) == nil && flush.Flush() == nil
	}
	err := h.box.TestTrunk(r.Context(), t, func(s TestStep) bool { return say(testLine{Step: &s}) })
	switch {
	case err != nil && !begun:
		answer(w)(nil, err)
	case err != nil:
		say(testLine{Error: err.Error()})
	default:
		say(testLine{Done: true})
	}
}

// Bans asks who is kept out.
func (c *Client) Bans(ctx context.Context) ([]Ban, error) {
	return ask[[]Ban](ctx, c, http.MethodGet, "/v1/bans", nil)
}

// Unban asks to let an address in again.
func (c *Client) Unban(ctx context.Context, a netip.Addr) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/bans/"+url.PathEscape(a.String()), nil)
	return err
}

// Doctor asks what is wrong.
func (c *Client) Doctor(ctx context.Context) ([]Finding, error) {
	return ask[[]Finding](ctx, c, http.MethodGet, "/v1/doctor", nil)
}

// TestTrunk asks for the calls that prove a line, and gives each step as it ends.
func (c *Client) TestTrunk(ctx context.Context, t TrunkTest, yield func(TestStep) bool) error {
	resp, err := c.do(ctx, http.MethodPost, "/v1/trunks/"+url.PathEscape(t.Trunk)+"/test", t)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for d := json.NewDecoder(resp.Body); ; {
		var l testLine
		switch err := d.Decode(&l); {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("the box stopped in the middle of the test: %w", err)
		case l.Error != "":
			return said{words: l.Error}
		case l.Done:
			return nil
		case l.Step != nil && !yield(*l.Step):
			return nil
		}
	}
}
