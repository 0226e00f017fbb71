package sipedge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/registrar"
	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

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
		Flow: r.Flow, Agent: plain(value(r.Request, "User-Agent")),
	}
	for _, h := range r.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		switch {
		case !ok || len(q.Contacts) >= maxHeaders:
		case c.Address.Wildcard:
			q.All = true
		default:
			expires, _ := c.Params.Get("expires")
			q.Contacts = append(q.Contacts, registrar.Asked{URI: c.Address.String(), Expires: registrar.ParseExpires(expires)})
		}
	}
	ans := e.registrar.Register(time.Now(), q)
	var headers []sip.Header
	switch ans.Status {
	case 200:
		for _, c := range ans.Contacts {
			headers = append(headers, sip.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d", c.URI, c.Expires)))
		}
		headers = append(headers, sip.NewHeader("Date", time.Now().UTC().Format(http.TimeFormat)))
	case 423:
		headers = append(headers, sip.NewHeader("Min-Expires", strconv.Itoa(ans.MinExpires)))
	}
	e.respond(r, ans.Status, "", headers...)
}

// maxBindings bounds the file of bindings that is read back, in bytes.
const maxBindings = 4 << 20

func (e *Edge) loadBindings() {
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
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBindings {
		return nil, fmt.Errorf("sipedge: %s is too large", path)
	}
	data, err := os.ReadFile(path)
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
	if err := os.MkdirAll(filepath.Dir(e.cfg.Bindings), 0o700); err != nil {
		return fmt.Errorf("sipedge: bindings: %w", err)
	}
	tmp := e.cfg.Bindings + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("sipedge: bindings: %w", err)
	}
	if err := os.Rename(tmp, e.cfg.Bindings); err != nil {
		return fmt.Errorf("sipedge: bindings: %w", err)
	}
	return nil
}

// probe asks a trunk whether it is there (RFC 3261 §11).
func (e *Edge) probe(t *trunk.Config) {
	e.mu.Lock()
	local := e.local
	e.mu.Unlock()
	host := e.host(stack.Flow{Local: local, Remote: t.Remote})
	m := leg.Request{
		Method: "OPTIONS", URI: "sip:" + t.Host(), From: leg.Address{URI: "sip:autocom@" + host, Tag: seed()[:16]},
		To: leg.Address{URI: "sip:" + t.Host()}, CallID: seed(), CSeq: 1, Via: "z9hG4bK" + seed(), Contact: "sip:autocom@" + host,
	}
	req, err := build(m, stack.Flow{Local: local, Remote: t.Remote}, host)
	if err == nil {
		e.mu.Lock()
		e.probes[m.CallID] = t.Name
		e.mu.Unlock()
		_, err = e.stack.Send(req, stack.Flow{Local: local, Remote: t.Remote})
	}
	if err != nil {
		e.log.Debug("OPTIONS not sent", "trunk", t.Name, "error", err)
		e.probed(m.CallID, 408)
	}
}

// probed notes the answer to an OPTIONS, or that there is none.
func (e *Edge) probed(callID string, status int) {
	if status < 200 {
		return
	}
	e.mu.Lock()
	name, ok := e.probes[callID]
	delete(e.probes, callID)
	if !ok {
		e.mu.Unlock()
		return
	}
	w := e.watch[name]
	if w == nil {
		w = &trunk.Watch{}
		e.watch[name] = w
	}
	changed := w.Answered(status)
	up := w.Up()
	e.mu.Unlock()
	if changed {
		e.cfg.Tell(exchange.TrunkReachable{Trunk: name, Reachable: up})
	}
}
