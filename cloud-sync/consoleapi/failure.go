package consoleapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// The codes of answers that only the console gives.
const (
	codeNoSession = "session.none"
	codeSignIn    = "session.refused"
	codeRole      = "role"
	codeNotFound  = "not_found"
	codeStale     = "stale"
	codeRefused   = "refused"
	codeProblems  = "document.problems"
	codeText      = "document.unreadable"
	codeOrigin    = "request.origin"
	codeMediaType = "request.type"
	codeMethod    = "request.method"
	codeTooLarge  = "request.too_large"
	codeSetup     = "setup.code"
	codeTaken     = "person.email"
	codeLast      = "person.last"
	codeSelf      = "person.self"
)

// refusal is an answer above 399: what a person reads and what a program tells apart.
type refusal struct {
	wire.Failure
	status int
	wait   time.Duration // before the next try
	cause  error         // for the log, never for the answer
}

func (r *refusal) Error() string {
	if r.cause != nil {
		return r.Sentence + ": " + r.cause.Error()
	}
	return r.Sentence
}

func (r *refusal) Unwrap() error { return r.cause }

// GetStatus is for huma.
func (r *refusal) GetStatus() int { return r.status }

// GetHeaders is for huma.
func (r *refusal) GetHeaders() http.Header {
	if r.wait <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(int((r.wait + time.Second - 1) / time.Second))}}
}

func refuse(status int, code, sentence, remedy string) *refusal {
	return &refusal{Failure: wire.Failure{Code: code, Sentence: sentence, Remedy: remedy}, status: status}
}

func tooOften(wait time.Duration) *refusal {
	r := refuse(http.StatusTooManyRequests, wire.CodeTooOften, "that was tried too often", "wait a little, then try again")
	r.wait = max(wait, time.Second)
	return r
}

// answer is the one table from errors to what is answered.
func answer(err error) *refusal {
	var r *refusal
	var problems *site.ProblemsError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, central.ErrNotFound):
		return refuse(http.StatusNotFound, codeNotFound, "there is no such thing here", "go back to the list: it may be gone")
	case errors.Is(err, central.ErrStale):
		return refuse(http.StatusConflict, codeStale, "somebody else changed it since", "read it again, then change it")
	case errors.Is(err, central.ErrTooOften):
		return tooOften(time.Minute)
	case errors.As(err, &problems):
		r = refuse(http.StatusUnprocessableEntity, codeProblems, "the document has mistakes", "mend each of them, then publish")
		r.Problems = problems.Problems
		return r
	case errors.Is(err, central.ErrTaken):
		return refuse(http.StatusUnprocessableEntity, codeTaken, "somebody has this e-mail already", "use another address")
	case errors.Is(err, central.ErrLast):
		return refuse(http.StatusUnprocessableEntity, codeLast, "nobody else administers", "invite another administrator first")
	case errors.Is(err, central.ErrRefused):
		return refuse(http.StatusUnprocessableEntity, codeRefused, sentenceOf(err), "")
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, codeTooLarge, "that is more than this takes", "send less at once")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		r = refuse(http.StatusServiceUnavailable, wire.CodeBusy, "this took too long", "try again in a moment")
		r.wait = 5 * time.Second
		return r
	}
	r = refuse(http.StatusInternalServerError, wire.CodeInternal, "the cloud failed", "try again; if it stays so, its log says why")
	r.cause = err
	return r
}

// sentenceOf is what an error wrapped around ErrRefused says, without that word.
func sentenceOf(err error) string {
	s := strings.TrimSpace(err.Error())
	for _, cut := range []string{": " + central.ErrRefused.Error(), central.ErrRefused.Error() + ": "} {
		s = strings.ReplaceAll(s, cut, "")
	}
	return s
}
