package ua

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// A registration keeps its Call-ID and counts (RFC 3261 §10.2).
type registration struct {
	id, tag string
	cseq    uint32
}

// A Refusal is a final answer that says no.
type Refusal struct {
	Code   int
	Reason string
	After  time.Duration // when to come again (Retry-After); 0 when it does not say
}

func refusal(r *sipmsg.Message) Refusal {
	word, _, _ := strings.Cut(r.Header("Retry-After"), ";")
	seconds, err := strconv.Atoi(strings.TrimSpace(word))
	if err != nil || seconds < 0 || seconds > 3600 {
		seconds = 0
	}
	return Refusal{Code: r.Code, Reason: r.Reason, After: time.Duration(seconds) * time.Second}
}

func (r Refusal) Error() string { return fmt.Sprintf("ua: refused: %d %s", r.Code, r.Reason) }

// Register asks for the account's calls for that many seconds; 0 gives them up.
// It returns the seconds granted.
func (a *Agent) Register(ctx context.Context, acc Account, seconds int) (int, error) {
	type result struct {
		granted int
		err     error
	}
	done := make(chan result, 1)
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return 0, fmt.Errorf("ua: the agent is closed")
	}
	reg := a.regs[acc.User]
	if reg == nil {
		reg = &registration{id: token(), tag: token()}
		a.regs[acc.User] = reg
	}
	reg.cseq++
	uri := "sip:" + a.cfg.Domain
	contact := a.contact(acc.User)
	m := &sipmsg.Message{Method: "REGISTER", URI: uri}
	aor := fmt.Sprintf("<sip:%s@%s>", acc.User, a.cfg.Domain)
	m.Add("From", aor+";tag="+reg.tag).Add("To", aor).Add("Call-ID", reg.id).Add("CSeq", strconv.FormatUint(uint64(reg.cseq), 10)+" REGISTER")
	m.Add("Contact", contact).Add("Expires", strconv.Itoa(seconds)).Add("Allow", allow)
	if a.cfg.ReuseNonce {
		a.prove(acc, m)
	}
	a.ask(acc, m, &reg.cseq, 0, func(r *sipmsg.Message, err error) {
		if err != nil {
			done <- result{err: err}
			return
		}
		done <- result{granted: r.Expires(sipmsg.URI(contact), seconds)}
	})
	a.mu.Unlock()
	select {
	case r := <-done:
		return r.granted, r.err
	case <-ctx.Done():
		return 0, fmt.Errorf("ua: REGISTER of %s: %w", acc.User, context.Cause(ctx))
	}
}

// KeepRegistered registers until ctx ends, then gives the registration up. tell
// hears each outcome; it may be nil. It retries after 2 s, doubling to 30 s.
func (a *Agent) KeepRegistered(ctx context.Context, acc Account, seconds int, tell func(granted int, err error)) {
	pause := 2 * time.Second
	for ctx.Err() == nil {
		granted, err := a.Register(ctx, acc, seconds)
		if ctx.Err() != nil {
			break
		}
		if tell != nil {
			tell(granted, err)
		}
		wait := max(time.Duration(granted)*time.Second*4/5, time.Second)
		if err != nil {
			wait = pause
			pause = min(2*pause, 30*time.Second)
		} else {
			pause = 2 * time.Second
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = a.Register(leave, acc, 0) // a courtesy: the binding expires by itself
}

// ask sends the box a request of an account outside its calls, again with credentials where it is challenged, and tells the 2xx or why there is
// none. tries counts the challenges met.
func (a *Agent) ask(acc Account, m *sipmsg.Message, cseq *uint32, tries int, done func(*sipmsg.Message, error)) {
	a.begin(m, a.cfg.Box, func(r *sipmsg.Message) {
		switch {
		case r == nil:
			done(nil, fmt.Errorf("ua: %s did not answer the %s of %s", a.cfg.Box, m.Method, acc.User))
		case r.Code < 200:
		case r.Code < 300:
			done(r, nil)
		case (r.Code == 401 || r.Code == 407) && tries < 2:
			*cseq++
			next, err := a.authorize(acc, m, r, *cseq, tries)
			if err != nil {
				done(nil, fmt.Errorf("%w (%w)", refusal(r), err))
				return
			}
			a.ask(acc, next, cseq, tries+1, done)
		default:
			done(nil, refusal(r))
		}
	})
}

// authorize makes m again with credentials for the challenge in r. A second
// challenge is only met when it is stale (RFC 7616 §3.3).
func (a *Agent) authorize(acc Account, m, r *sipmsg.Message, seq uint32, tries int) (*sipmsg.Message, error) {
	header, ask := "Authorization", "WWW-Authenticate"
	if r.Code == 407 {
		header, ask = "Proxy-Authorization", "Proxy-Authenticate"
	}
	var values []string
	for _, h := range r.Headers { // a challenge holds commas of its own: one a header line
		if strings.EqualFold(h.Name, ask) {
			values = append(values, h.Value)
		}
	}
	ch, err := strongest(values)
	if err != nil {
		return nil, err
	}
	proven := m.Header(header) != ""
	if proven && !ch.stale && tries > 0 {
		return nil, fmt.Errorf("ua: the secret of %s was not accepted", acc.User)
	}
	a.proofs[acc.User] = &proof{challenge: ch, header: header}
	next := &sipmsg.Message{Method: m.Method, URI: m.URI, Body: m.Body}
	for _, h := range m.Headers {
		if h.Name != header {
			next.Headers = append(next.Headers, h)
		}
	}
	next.Set("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+m.Method)
	a.prove(acc, next)
	return next, nil
}

// prove adds credentials for the last challenge, counting its uses.
func (a *Agent) prove(acc Account, m *sipmsg.Message) {
	if p := a.proofs[acc.User]; p != nil {
		p.nc++
		m.Set(p.header, p.challenge.credentials(acc.User, acc.Secret, m.Method, m.URI, token(), p.nc))
	}
}
