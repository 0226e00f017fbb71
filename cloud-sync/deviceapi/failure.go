package deviceapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// Why a request is refused before central is asked.
var (
	errNoCertificate = errors.New("the connection shows no certificate of a box of this cloud")
	errExpired       = errors.New("the box's certificate is over")
	errTooEarly      = errors.New("the box's certificate is not good yet by the cloud's clock")
	errUnknownBox    = errors.New("this cloud does not know this box")
	errBusy          = errors.New("the cloud has too much to do")
	errPath          = errors.New("there is nothing at this address")
	errMethod        = errors.New("this address is not used with this method")
	errBody          = errors.New("the request cannot be read")
	errTooLarge      = errors.New("the request is too large")
	errUnpublished   = errors.New("no such revision was published for this box")
)

// slower tells a box how long to wait.
type slower struct{ wait time.Duration }

func (s slower) Error() string { return fmt.Sprintf("too many requests: wait %s", s.wait) }

// stranger makes a box that the store does not know one that must enrol, rather than a thing that was not found.
func stranger(err error) error {
	if errors.Is(err, central.ErrNotFound) {
		return errUnknownBox
	}
	return err
}

// row is how one error is told: HTTP status, stable code, what to do about it, and when to come back (0: not said).
type row struct {
	err    error
	status int
	code   string
	remedy string
	retry  time.Duration
}

// table is every error that is told to a box; all others are internal and told to the log alone.
func table() []row {
	const enrol = "make a new claim code in the console and enrol the box with it"
	return []row{
		{central.ErrClaim, http.StatusForbidden, wire.CodeClaimUnknown, "make a new claim code in the console", 0},
		{central.ErrProof, http.StatusForbidden, wire.CodeClaimProof, "type the code again; if that does not help, find out what stands between the box and the Internet", 0},
		{central.ErrTooOften, http.StatusTooManyRequests, wire.CodeTooOften, "wait a minute", time.Minute},
		{central.ErrRevoked, http.StatusForbidden, wire.CodeRevoked, enrol, 0},
		{errUnknownBox, http.StatusForbidden, wire.CodeNoDevice, enrol, 0},
		{errNoCertificate, http.StatusUnauthorized, wire.CodeNoDevice, enrol, 0},
		{errExpired, http.StatusForbidden, wire.CodeExpired, "renew the certificate", 0},
		{errTooEarly, http.StatusForbidden, wire.CodeExpired, "compare the clocks of box and cloud", 0},
		{errBusy, http.StatusServiceUnavailable, wire.CodeBusy, "come back later", 5 * time.Second},
		{errPath, http.StatusNotFound, wire.CodeBadRequest, "", 0},
		{errMethod, http.StatusMethodNotAllowed, wire.CodeBadRequest, "", 0},
		{errTooLarge, http.StatusRequestEntityTooLarge, wire.CodeBadRequest, "send less at once", 0},
		{errBody, http.StatusBadRequest, wire.CodeBadRequest, "", 0},
		{errUnpublished, http.StatusNotFound, wire.CodeBadRequest, "", 0},
		{wire.ErrBatch, http.StatusUnprocessableEntity, wire.CodeBadRequest, "", 0},
		{central.ErrCSR, http.StatusUnprocessableEntity, wire.CodeBadRequest, "", 0},
		{central.ErrRefused, http.StatusUnprocessableEntity, wire.CodeBadRequest, "", 0},
		{context.Canceled, http.StatusServiceUnavailable, wire.CodeBusy, "come back later", 5 * time.Second}, // the box is gone, or the program ends
		{context.DeadlineExceeded, http.StatusServiceUnavailable, wire.CodeBusy, "come back later", 5 * time.Second},
	}
}

// fail answers with a Failure.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, retry := http.StatusInternalServerError, 30*time.Second
	f := wire.Failure{Code: wire.CodeInternal, Sentence: "the cloud could not do it", Remedy: "it is in the cloud's log; the box comes back by itself"}
	if s, ok := errors.AsType[slower](err); ok {
		status, retry, f = http.StatusTooManyRequests, s.wait, wire.Failure{Code: wire.CodeTooOften, Sentence: s.Error()}
	} else if told, ok := find(err); ok {
		status, retry, f = told.status, told.retry, wire.Failure{Code: told.code, Sentence: err.Error(), Remedy: told.remedy}
	} else {
		a.log.LogAttrs(r.Context(), slog.LevelError, "a box's request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((retry+time.Second-1)/time.Second)))
	}
	if status == http.StatusRequestEntityTooLarge || status == http.StatusServiceUnavailable {
		w.Header().Set("Connection", "close") // what is left of the body is not read
	}
	answer(w, status, f)
}

func find(err error) (row, bool) {
	for _, told := range table() {
		if errors.Is(err, told.err) {
			return told, true
		}
	}
	return row{}, false
}

// answer writes one JSON value. That it may not arrive is the box's to notice: it asks again.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // the types of wire always have a JSON form
		panic("deviceapi: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// noRoute says whether it is the path that is wrong, or the method.
func noRoute(path string) error {
	switch path {
	case wire.PathEnrol, wire.PathRenew, wire.PathDesired, wire.PathConfirm, wire.PathReport, wire.PathDocument, wire.PathFacts, wire.PathStatus, wire.PathStream:
		return errMethod
	}
	return errPath
}
