package deviceapi

import (
	"net/http"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// handler answers a request or says why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// inner answers a box that was let in.
type inner func(w http.ResponseWriter, r *http.Request, d central.Device) error

func (a *API) routes() {
	for pattern, h := range map[string]handler{
		"POST " + wire.PathEnrol:    placed(a.door, a.enrol),
		"POST " + wire.PathRenew:    placed(a.door, a.renew),
		"GET " + wire.PathDesired:   a.known(a.desired),
		"POST " + wire.PathConfirm:  a.known(a.confirm),
		"POST " + wire.PathReport:   a.known(a.report),
		"POST " + wire.PathDocument: a.known(a.document),
		"POST " + wire.PathFacts:    a.known(a.facts),
		"POST " + wire.PathStatus:   a.known(a.status),
		"GET " + wire.PathStream:    a.known(a.stream),
	} {
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				a.fail(w, r, err)
			}
		})
	}
}

// placed keeps the number of requests down whose bodies are in memory.
func placed(places chan struct{}, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			return h(w, r)
		default:
			return errBusy
		}
	}
}

// known lets boxes in by their certificate, looks each time whether they may still speak, and counts their requests.
func (a *API) known(h inner) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := a.identify(r, time.Now(), false)
		if err != nil {
			return err
		}
		d, err := a.cloud.Device(r.Context(), id)
		if err != nil {
			return stranger(err)
		}
		if wait := a.admit(id, time.Now()); wait > 0 {
			return slower{wait}
		}
		if r.Method == http.MethodGet {
			return h(w, r, d)
		}
		return placed(a.inside, func(w http.ResponseWriter, r *http.Request) error { return h(w, r, d) })(w, r)
	}
}
