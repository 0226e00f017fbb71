package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// renewAgain is how long after a renewal that failed the next is tried, while the certificate is still good.
const renewAgain = time.Hour

// beat is the loop that knows whether the cloud is there: it tells how the box is, and by the answer the others work or wait.
func (l *Link) beat(ctx context.Context) {
	failures := 0
	var tried time.Time // the last renewal that failed
	for ctx.Err() == nil {
		c, id := l.current()
		if c == nil {
			failures = 0
			if !wait(ctx, l.beatNow, -1) {
				return
			}
			continue
		}
		err := l.renewWhenDue(ctx, c, id, &tried)
		if c, _ = l.current(); c != nil && err == nil {
			err = l.tell(ctx, c)
		}
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			failures = 0
			l.wentUp()
			l.mu.Lock()
			pause := around(l.o.Pace.Beat, 0.1)
			if time.Now().Before(l.watched) {
				pause = l.o.Pace.Watched
			}
			l.mu.Unlock()
			if !wait(ctx, l.beatNow, pause) {
				return
			}
			continue
		}
		if was := code(err); was == wire.CodeRevoked || was == wire.CodeNoDevice {
			l.letGo(c, err)
			continue
		}
		failures++
		pause := l.o.Pace.retry(failures, l.wentDown(err))
		if t, is := errors.AsType[*Trouble](err); is {
			pause = max(pause, t.Again)
		}
		l.pauseDown(ctx, pause, c)
	}
}

// pauseDown waits before the next try; only a new identity cuts it short, not the other loops' wishes.
func (l *Link) pauseDown(ctx context.Context, d time.Duration, c *client) {
	until := time.Now().Add(d)
	for wait(ctx, l.beatNow, max(0, time.Until(until))) {
		if now, _ := l.current(); now != c || !time.Now().Before(until) {
			return
		}
	}
}

// letGo stops the link until the box is enrolled again.
func (l *Link) letGo(c *client, err error) {
	l.wentDown(&Trouble{Sentence: "the console no longer knows this box: " + err.Error(), Remedy: "enrol it again with a new claim code", Code: code(err), Err: err})
	l.mu.Lock()
	if l.client == c {
		l.client, l.state.Stopped = nil, true
	}
	l.mu.Unlock()
	c.idle()
}

// tell sends the status and takes the cloud's word to it.
func (l *Link) tell(ctx context.Context, c *client) error {
	s, err := l.o.Box.Status(ctx)
	if err != nil {
		s.Alarms = append(s.Alarms, "the box cannot tell how it is: "+err.Error())
	}
	now := l.State()
	s.Program, s.Serial, s.Stream = l.o.Who.Program, l.o.Who.Serial, l.o.Who.Stream
	s.Now, s.Revision, s.Trial, s.Last = time.Now().UnixMilli(), now.Revision, now.Trial, l.o.Head.Last()
	s.Local = l.local()
	if now.Clock != "" {
		s.Clock = now.Clock
	}
	l.mu.Lock()
	s.Acked = l.acked
	l.mu.Unlock()
	if !now.Oldest.IsZero() && now.Waiting > 0 {
		s.Oldest = now.Oldest.UnixMilli()
	}
	var a wire.StatusAnswer
	if _, err := c.do(ctx, ask{path: wire.PathStatus, out: s}, &a); err != nil {
		return err
	}
	l.heard(a.Time)
	l.mu.Lock()
	if l.client != c {
		l.mu.Unlock()
		return nil // the box was enrolled anew meanwhile: this is about another
	}
	if a.Watched {
		l.watched = time.Now().Add(30 * time.Second)
	}
	m := l.machine
	behind := m.Confirmed != a.Desired && m.Bad != a.Desired && m.Revision != a.Desired && a.Desired != 0
	if !same(a.Acked, l.acked) && !l.probe && l.acked != (fact.Address{}) {
		l.probe = true
		defer wake(l.sendNow)
	}
	l.mu.Unlock()
	if behind {
		wake(l.fetchNow)
	}
	return nil
}

// same compares two places in a stream; before the first fact there is only one.
func same(a, b fact.Address) bool {
	return !a.Before(b) && !b.Before(a) || a.N == 0 && b.N == 0 && max(a.Epoch, b.Epoch) <= 1
}

// local reports whether the document in force is another than the one the cloud confirmed. One that was not there before is told at once.
func (l *Link) local() bool {
	l.mu.Lock()
	m := l.machine
	l.mu.Unlock()
	if m.State != apply.Idle && m.State != "" {
		return false
	}
	text, err := l.o.Site.Text()
	name := apply.NameOf(string(text))
	is := err == nil && m.Confirmed != 0 && name != m.Name
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Local = is
	if err == nil && l.seen != name {
		l.seen = name
		wake(l.fetchNow)
	}
	return is
}

// renewWhenDue has the certificate renewed: with a new key when a third of its life is left, with the same one when it is over.
func (l *Link) renewWhenDue(ctx context.Context, c *client, id identity, tried *time.Time) error {
	cert, err := x509.ParseCertificate(id.Certificate)
	if err != nil {
		return fmt.Errorf("the box's certificate: %w", err)
	}
	now := l.clock.now()
	if now.Before(renewal(cert)) || now.Before(cert.NotAfter) && time.Since(*tried) < renewAgain {
		return nil
	}
	err = l.renew(ctx, c, id, now.After(cert.NotAfter))
	if err != nil && now.Before(cert.NotAfter) {
		*tried = time.Now()
		l.o.Log.Warn("the certificate could not be renewed", "error", err, "expires", cert.NotAfter)
		if was := code(err); was != wire.CodeRevoked && was != wire.CodeNoDevice {
			return nil // it is still good; the status tells whether the cloud is there
		}
	}
	return err
}

// renewal is when a certificate is to be renewed: when a third of its life is left, and a little later by its own number, so that boxes that were
// enrolled on one day do not come on one day.
func renewal(cert *x509.Certificate) time.Time {
	life := cert.NotAfter.Sub(cert.NotBefore)
	sum := sha256.Sum256(cert.Raw)
	part := int64(binary.BigEndian.Uint16(sum[:])) // of 65536: divided first, since a fifteenth of 90 days times it is more than a duration holds
	return cert.NotAfter.Add(-life / 3).Add(time.Duration(int64(life) / 15 / (1 << 16) * part))
}

func (l *Link) renew(ctx context.Context, c *client, id identity, sameKey bool) error {
	var key *ecdsa.PrivateKey
	var err error
	if sameKey {
		parsed, err := x509.ParsePKCS8PrivateKey(id.Key)
		own, is := parsed.(*ecdsa.PrivateKey)
		if err != nil || !is {
			return fmt.Errorf("the box's key cannot be used: %w", err)
		}
		key = own
	} else if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return fmt.Errorf("make the box's key: %w", err)
	}
	csr, err := request(key)
	if err != nil {
		return err
	}
	var a wire.RenewAnswer
	if _, err := c.do(ctx, ask{path: wire.PathRenew, out: wire.RenewRequest{CSR: csr}, fresh: true}, &a); err != nil {
		return err
	}
	if err := trustworthy(a.Certificate, a.Roots, a.Keys, key); err != nil {
		return err
	}
	l.heard(a.Time)
	id.Certificate, id.Roots, id.Keys = a.Certificate, a.Roots, a.Keys
	if id.Key, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return err
	}
	next, err := newClient(id, l.o, l.clock)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != c {
		return nil // the box was enrolled anew meanwhile
	}
	if err := l.dir.write(fileIdentity, id); err != nil {
		return err
	}
	l.id, l.client = id, next
	c.idle()
	return nil
}
