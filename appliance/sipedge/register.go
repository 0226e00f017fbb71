package sipedge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// registered carries out a REGISTER (RFC 3261 §10.3).
func (e *Edge) registered(r *stack.Request) {
	who, ok := e.authenticate(r)
	if !ok {
		return
	}
	if user(r.To().Address.User) != who {
		e.respond(r, 403, "")
		return
	}
	q := registrar.Register{
		Extension: who, Expires: registrar.ParseExpires(value(r.Request, "Expires")), CallID: r.CallID().Value(), CSeq: r.CSeq().SeqNo,
		Flow: r.Flow, Agent: plain(value(r.Request, "User-Agent")), Path: values(r.Request, "Path"), FirstHop: firstHop(r),
	}
	for _, h := range r.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		switch {
		case !ok || len(q.Contacts) >= maxHeaders:
		case c.Address.Wildcard:
			q.All = true
		default:
			expires, _ := c.Params.Get("expires")
			q.Contacts = append(q.Contacts, asked(c, expires))
		}
	}
	ans := e.registrar.Register(time.Now(), q)
	var headers []sip.Header
	switch ans.Status {
	case 200:
		e.pulse.registered()
		e.observeRequest(r, who)
		for _, c := range ans.Contacts {
			headers = append(headers, sip.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d", c.URI, c.Expires)))
		}
		for _, p := range ans.Path {
			headers = append(headers, sip.NewHeader("Path", p))
		}
		if ans.Outbound {
			headers = append(headers, sip.NewHeader("Require", "outbound"))
		}
		headers = append(headers, sip.NewHeader("Date", time.Now().UTC().Format(http.TimeFormat)))
	case 423:
		headers = append(headers, sip.NewHeader("Min-Expires", strconv.Itoa(ans.MinExpires)))
	}
	e.respond(r, ans.Status, "", headers...)
	if ans.Status == 200 {
		e.watchers.heard(who)
		if r.Flow.Transport.Stream() {
			for _, c := range ans.Contacts {
				e.part(c.URI, r.Flow)
			}
		}
	}
}

// asked is one Contact of a REGISTER. A device that keeps flows says which it is (RFC 5626 §4.2).
func asked(c *sip.ContactHeader, expires string) registrar.Asked {
	a := registrar.Asked{URI: c.Address.String(), Expires: registrar.ParseExpires(expires)}
	for _, p := range c.Params {
		switch strings.ToLower(p.K) {
		case "+sip.instance":
			a.Instance = strings.Trim(p.V, `"`)
		case "reg-id":
			a.RegID = max(-1, registrar.ParseExpires(p.V))
		}
	}
	if len(a.Instance) > maxInstance {
		a.Instance, a.RegID = "", 0
	}
	return a
}

// maxInstance bounds what a device says it is, in bytes; a URN of a UUID has 47 with its brackets.
const maxInstance = 128

// firstHop reports whether nobody who does not know flows stands between the phone and the box (RFC 5626 §6).
func firstHop(r *stack.Request) bool {
	if path := values(r.Request, "Path"); len(path) > 0 {
		return strings.Contains(path[0], ";ob")
	}
	return len(r.GetHeaders("Via")) == 1
}

// maxBindings bounds the file of bindings that is read back, in bytes.
const maxBindings = 4 << 20

func (e *Edge) loadBindings() {
	e.loadBans()
	if e.cfg.Bindings == "" {
		return
	}
	m, err := readBindings(e.cfg.Bindings)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.log.Warn("phones are not remembered, they will come back by themselves", "error", err)
		}
		return
	}
	for ext := range m {
		if !e.guard.Has(ext) {
			delete(m, ext)
		}
	}
	e.registrar.Restore(time.Now(), m)
}

func readBindings(path string) (map[string][]registrar.Binding, error) {
	data, err := recall(path, maxBindings)
	if err != nil {
		return nil, err
	}
	var m map[string][]registrar.Binding
	return m, json.Unmarshal(data, &m)
}

func (e *Edge) saveBindings() error {
	if e.cfg.Bindings == "" {
		return nil
	}
	data, err := json.Marshal(e.registrar.Snapshot())
	if err != nil {
		return fmt.Errorf("sipedge: bindings: %w", err)
	}
	if err := replace(e.cfg.Bindings, data); err != nil {
		return fmt.Errorf("sipedge: bindings: %w", err)
	}
	return e.saveBans()
}
