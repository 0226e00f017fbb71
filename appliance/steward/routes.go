package steward

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// The questions on the wire.
type (
	keepRequest struct {
		Token string `json:"token"`
	}
	restartRequest struct {
		Unit Unit `json:"unit"`
	}
	timeRequest struct {
		At time.Time `json:"at"`
	}
	empty struct{}
)

// wireError is a refusal as the socket says it.
type wireError struct {
	Error    string    `json:"error"`
	Code     string    `json:"code,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

// path is where a verb is asked for.
func (v Verb) path() string { return "/v1/" + string(v) }

// routes is the closed list: every verb is a POST of its own path.
func (d *desk) routes() http.Handler {
	mux := http.NewServeMux()
	for _, v := range Verbs() {
		mux.HandleFunc("POST "+v.path(), func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, v) })
	}
	return mux
}

// serve lets in whom the kernel vouches for, writes down what is asked, has it done, and writes down what became of it.
func (d *desk) serve(w http.ResponseWriter, r *http.Request, v Verb) {
	uid, known := r.Context().Value(peerKey{}).(uint32)
	if !known || !d.allowed[uid] {
		if known {
			_ = d.note(Entry{UID: uid, Outcome: Refused, Words: ErrWho.Error()}) // it is refused all the same; note has told the log
		}
		fail(w, ErrWho)
		return
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	default:
		fail(w, ErrOften)
		return
	}
	if !d.rates.take(uid, v.reads(), time.Now()) {
		fail(w, ErrOften) // not audited: the file would be turned over by it
		return
	}
	pace := http.NewResponseController(w)
	err := pace.SetReadDeadline(time.Now().Add(bodyTime))
	body, reading := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err = errors.Join(err, reading, pace.SetReadDeadline(time.Time{})); err != nil {
		fail(w, badRequest{"the question is cut or too long"})
		return
	}
	e := Entry{UID: uid, Verb: v, Args: auditable(v, body)}
	if !v.reads() {
		e.Outcome = Asked
		if err := d.note(e); err != nil && !v.mustPass() {
			fail(w, ErrAudit)
			return
		}
	}
	out, err := d.carry(r.Context(), v, body)
	e.Outcome = Carried
	if err != nil {
		e.Outcome, e.Words = Broken, err.Error()
		if _, _, refused := status(err); refused {
			e.Outcome = Refused
		}
	}
	_ = d.note(e) // it was done and cannot be undone; note has told the log
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, out)
}

// note audits, and tells the log when it cannot.
func (d *desk) note(e Entry) error {
	e.At, e.User = time.Now().UTC(), userName(e.UID)
	err := d.audit.write(e)
	if err != nil {
		d.Log.Error("the audit file cannot be written", "err", err)
	}
	return err
}

// auditable is what of a question is written down: JSON in one line; the token of a trial is a secret.
func auditable(v Verb, body []byte) json.RawMessage {
	if v == VerbKeep || len(body) > maxArgs || !json.Valid(body) {
		return nil
	}
	return body
}

// carry decodes a question strictly and has the verb done.
func (d *desk) carry(ctx context.Context, v Verb, body []byte) (any, error) {
	switch v {
	case VerbNetwork:
		return with(body, func(empty) (any, error) { return d.network(ctx) })
	case VerbTry:
		return with(body, func(s Settings) (any, error) { return d.try(ctx, s) })
	case VerbKeep:
		return with(body, func(k keepRequest) (any, error) { return d.settle(ctx, Keep(k)) })
	case VerbRevert:
		return with(body, func(empty) (any, error) { return d.settle(ctx, Revert{}) })
	case VerbReboot:
		return with(body, func(empty) (any, error) { return empty{}, d.machine(func(m Machine) error { return m.Reboot(ctx) }) })
	case VerbPowerOff:
		return with(body, func(empty) (any, error) { return empty{}, d.machine(func(m Machine) error { return m.PowerOff(ctx) }) })
	case VerbRestart:
		return with(body, func(r restartRequest) (any, error) { return empty{}, d.restart(ctx, r.Unit) })
	case VerbTime:
		return with(body, func(t timeRequest) (any, error) { return empty{}, d.setTime(t.At) })
	case VerbLogs:
		return with(body, func(q LogQuery) (any, error) { return d.logs(ctx, q) })
	case VerbFirmware:
		return with(body, func(empty) (any, error) { return d.firmware(), nil })
	case VerbLamps:
		return with(body, func(empty) (any, error) { return empty{}, d.testLamps(ctx) })
	}
	return nil, badRequest{"there is no such verb"}
}

func with[T any](body []byte, do func(T) (any, error)) (any, error) {
	var in T
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, badRequest{"the question makes no sense: " + err.Error()}
	}
	if dec.More() {
		return nil, badRequest{"there is more than one question"}
	}
	return do(in)
}

// badRequest is a question that no client of ours asks.
type badRequest struct{ words string }

func (b badRequest) Error() string { return b.words }

// status is an error's HTTP status and code, and whether it is a refusal rather than a failure.
func status(err error) (int, string, bool) {
	if _, ok := errors.AsType[*ProblemsError](err); ok {
		return http.StatusUnprocessableEntity, "settings", true
	}
	if _, ok := errors.AsType[badRequest](err); ok {
		return http.StatusBadRequest, "question", true
	}
	for _, c := range codes() {
		if errors.Is(err, c.err) {
			return c.status, c.code, true
		}
	}
	return http.StatusInternalServerError, "", false
}

func fail(w http.ResponseWriter, err error) {
	code, name, _ := status(err)
	out := wireError{Error: err.Error(), Code: name}
	if p, ok := errors.AsType[*ProblemsError](err); ok {
		out.Problems = p.Problems
	}
	reply(w, code, out)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody is left to tell
}
