package deviceapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"autocom/appliance/site"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// Bounds of bodies after decompression, below wire.MaxBody where less is enough.
const (
	mostDoor   = 64 << 10
	mostStatus = 1 << 20
	mostReport = 512 << 10
	mostLocal  = 3 * site.MaxBytes // a text as JSON: each of its quotes and line ends takes two bytes
	mostWord   = 4 << 10
)

func (a *API) enrol(w http.ResponseWriter, r *http.Request) error {
	var q wire.EnrolRequest
	if err := read(w, r, mostDoor, &q); err != nil {
		return err
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return err
	}
	given, err := a.cloud.Enrol(r.Context(), q, from.Addr())
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

func (a *API) renew(w http.ResponseWriter, r *http.Request) error {
	id, err := a.identify(r, time.Now(), true)
	if err != nil {
		return err
	}
	if _, err := a.cloud.Device(r.Context(), id); err != nil {
		return stranger(err)
	}
	if wait := a.admit(id, time.Now()); wait > 0 {
		return slower{wait}
	}
	var q wire.RenewRequest
	if err := read(w, r, mostDoor, &q); err != nil {
		return err
	}
	given, err := a.cloud.Renew(r.Context(), id, q)
	if err != nil {
		return stranger(err)
	}
	answer(w, http.StatusOK, given)
	return nil
}

// desired answers with the envelope, 304 if the box has it, 204 if there is none.
func (a *API) desired(w http.ResponseWriter, r *http.Request, d central.Device) error {
	e, err := a.cloud.Desired(r.Context(), d)
	if errors.Is(err, central.ErrNotFound) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	tag := etag(e)
	w.Header().Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	answer(w, http.StatusOK, e)
	return nil
}

// etag names an envelope by all that is in it: it is another one for another box, revision or key.
func etag(e wire.Envelope) string {
	sum := sha256.New()
	sum.Write(e.Payload)
	sum.Write([]byte(e.Key))
	sum.Write(e.Signature)
	return `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`
}

// matches reads If-None-Match (RFC 9110 section 13.1.2), whose comparison is the weak one.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
			if one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}

func (a *API) confirm(w http.ResponseWriter, r *http.Request, d central.Device) error {
	var q wire.Confirm
	if err := read(w, r, mostWord, &q); err != nil {
		return err
	}
	given, err := a.cloud.Confirm(r.Context(), d, q)
	if errors.Is(err, central.ErrNotFound) {
		return errUnpublished
	}
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

func (a *API) report(w http.ResponseWriter, r *http.Request, d central.Device) error {
	var q wire.Report
	if err := read(w, r, mostReport, &q); err != nil {
		return err
	}
	given, err := a.cloud.Report(r.Context(), d, q)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

// document takes the document a box lives by that nobody published. It holds passwords: nothing of it is in an error.
func (a *API) document(w http.ResponseWriter, r *http.Request, d central.Device) error {
	var q wire.LocalDocument
	if err := read(w, r, mostLocal, &q); err != nil {
		return err
	}
	given, err := a.cloud.TakeLocal(r.Context(), d, q)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

func (a *API) facts(w http.ResponseWriter, r *http.Request, d central.Device) error {
	var q wire.Batch
	if err := read(w, r, wire.MaxBody, &q); err != nil {
		return err
	}
	given, err := a.cloud.Ingest(r.Context(), d, q)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

func (a *API) status(w http.ResponseWriter, r *http.Request, d central.Device) error {
	var q wire.Status
	if err := read(w, r, mostStatus, &q); err != nil {
		return err
	}
	given, err := a.cloud.Heard(r.Context(), d, q)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, given)
	return nil
}

// Times of the stream. Proxies and firewalls cut what is silent or lasts too long; the box comes back by itself.
const (
	aliveEach = 25 * time.Second
	lifetime  = 15 * time.Minute
	writeWait = 10 * time.Second
)

// stream answers with server-sent events (WHATWG HTML section 9.2) until its time is over, the box is shut out, or it opens another one.
func (a *API) stream(w http.ResponseWriter, r *http.Request, d central.Device) error {
	nudges, err := a.cloud.Nudges(r.Context(), d)
	if err != nil {
		return stranger(err)
	}
	line := http.NewResponseController(w)
	if err := line.SetReadDeadline(time.Time{}); err != nil { // the server's own would end it
		return err
	}
	write := func(text string) bool {
		if line.SetWriteDeadline(time.Now().Add(writeWait)) != nil {
			return false
		}
		_, err := w.Write([]byte(text))
		return err == nil && line.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if !write(": connected\n\n") {
		return nil
	}
	alive := time.NewTicker(aliveEach)
	defer alive.Stop()
	over := time.NewTimer(lifetime)
	defer over.Stop()
	for {
		select {
		case n, open := <-nudges:
			if !open {
				return nil
			}
			data, err := json.Marshal(n)
			if err != nil {
				return err
			}
			if !write("event: " + wire.NudgeEvent + "\ndata: " + string(data) + "\n\n") {
				return nil
			}
		case <-alive.C:
			if !write(":\n\n") {
				return nil
			}
		case <-over.C:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}
