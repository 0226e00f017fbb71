package localapi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi/identity"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is every answer above 399 (RFC 9457, application/problem+json): what happened, what to do about it, and a code for programs.
type Problem struct {
	Title   string         `json:"title" doc:"what happened, in the language that was asked for"`
	Status  int            `json:"status"`
	Code    string         `json:"code" doc:"stable, for programs"`
	Remedy  string         `json:"remedy,omitempty" doc:"what to do about it"`
	Reasons []ReasonGiven  `json:"reasons,omitempty" doc:"why the exchange did not do it"`
	Errors  []FieldTrouble `json:"errors,omitempty" doc:"which fields cannot be read"`

	wait  time.Duration // before the next try
	cause error         // for the log, never for the answer
}

// ReasonGiven is one reason of the exchange.
type ReasonGiven struct {
	Code     string `json:"code"`
	Detail   string `json:"detail,omitempty"`
	Sentence string `json:"sentence"`
}

// FieldTrouble is one thing that cannot be read. The value is not repeated: it may be a password.
type FieldTrouble struct {
	Where    string `json:"where"`
	Sentence string `json:"sentence"`
}

func (p *Problem) Error() string {
	if p.cause != nil {
		return p.Title + ": " + p.cause.Error()
	}
	return p.Title
}

func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders is for huma.
func (p *Problem) GetHeaders() http.Header {
	if p.wait <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(int((p.wait + time.Second - 1) / time.Second))}}
}

// trouble is a problem as code makes it: its words come with the language of who asked.
type trouble struct {
	status  int
	code    string
	reasons []fact.Reason
	wait    time.Duration
	cause   error
}

func (t *trouble) Error() string {
	if t.cause != nil {
		return t.code + ": " + t.cause.Error()
	}
	return t.code
}

func (t *trouble) Unwrap() error { return t.cause }

func troubled(status int, code string) *trouble { return &trouble{status: status, code: code} }

// troubleOf is the one table from errors to what is answered.
func troubleOf(err error) *trouble {
	var t *trouble
	var often *identity.TooOftenError
	var refused *RefusedError
	var malformed *MalformedError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &t):
		return t
	case errors.As(err, &often):
		return &trouble{status: http.StatusTooManyRequests, code: "often", wait: max(often.Wait, time.Second)}
	case errors.Is(err, identity.ErrWrong):
		return troubled(http.StatusUnauthorized, "sign_in.wrong")
	case errors.Is(err, identity.ErrInvitation):
		return troubled(http.StatusUnauthorized, "invitation.invalid")
	case errors.Is(err, identity.ErrCodeWrong), errors.Is(err, identity.ErrCodeUsed), errors.Is(err, identity.ErrCodeExpired):
		return troubled(http.StatusUnauthorized, "code.invalid")
	case errors.Is(err, identity.ErrPasswordShort):
		return troubled(http.StatusUnprocessableEntity, "password.short")
	case errors.Is(err, identity.ErrPasswordLong):
		return troubled(http.StatusUnprocessableEntity, "password.long")
	case errors.Is(err, identity.ErrPasswordSimple):
		return troubled(http.StatusUnprocessableEntity, "password.simple")
	case errors.Is(err, identity.ErrKey):
		return troubled(http.StatusUnauthorized, "key.invalid")
	case errors.Is(err, identity.ErrFull):
		return troubled(http.StatusUnprocessableEntity, "people.full")
	case errors.As(err, &refused):
		return &trouble{status: http.StatusUnprocessableEntity, code: "refused", reasons: refused.Reasons}
	case errors.As(err, &malformed):
		return &trouble{status: http.StatusBadRequest, code: "malformed", cause: malformed}
	case errors.As(err, &large):
		return troubled(http.StatusRequestEntityTooLarge, "large")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &trouble{status: http.StatusServiceUnavailable, code: "busy", wait: 5 * time.Second}
	}
	return &trouble{status: http.StatusInternalServerError, code: "failed", cause: err}
}

// problem is what an error is answered with; what the asker cannot help is logged.
func (a *api) problem(ctx context.Context, err error) *Problem {
	t := troubleOf(err)
	language := languageOf(ctx)
	w := words(t.code).in(language)
	p := &Problem{Title: w.sentence, Remedy: w.remedy, Status: t.status, Code: t.code, wait: t.wait, cause: t.cause}
	for _, r := range t.reasons {
		p.Reasons = append(p.Reasons, ReasonGiven{Code: r.Code, Detail: r.Detail, Sentence: a.Box.Because(language, r)})
	}
	if t.code == "malformed" {
		p.Errors = []FieldTrouble{{Where: "body", Sentence: t.cause.Error()}}
	}
	if t.status >= http.StatusInternalServerError && t.cause != nil {
		a.log.ErrorContext(ctx, "a request failed", "err", t.cause)
	}
	return p
}

// answer writes a problem, outside huma.
func (a *api) answer(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who left misses nothing
}

// plainProblem gives huma's own complaints (a body that does not fit its schema) the shape of every other problem. The values it would repeat may
// be passwords: they are left out.
func plainProblem(ctx huma.Context, _ string, v any) (any, error) {
	m, ours := v.(*huma.ErrorModel)
	if !ours {
		return v, nil
	}
	code := "malformed"
	if m.Status == http.StatusRequestEntityTooLarge {
		code = "large"
	}
	w := words(code).in(languageOf(ctx.Context()))
	p := &Problem{Title: w.sentence, Remedy: w.remedy, Status: m.Status, Code: code}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, FieldTrouble{Where: e.Location, Sentence: e.Message})
	}
	return p, nil
}
