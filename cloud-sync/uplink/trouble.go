package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode"

	"autocom/cloud-sync/wire"
)

// Cause is why the cloud cannot be had, as the box itself found out. The names are stable: pages have their words for each.
type Cause string

// The causes.
const (
	Portal      Cause = "portal"              // something answers that is no server of ours: no TLS, a page, a redirect
	WrongClock  Cause = "clock"               // the server's certificate is not valid yet, so the box's clock is behind
	Expired     Cause = "server.expired"      // the server's certificate is over
	NotOurs     Cause = "server.certificate"  // a server with another certificate: no console, or somebody who opens TLS
	BadServer   Cause = "server.bad"          // the address is none
	NoName      Cause = "server.name"         // the name server does not know it
	Unreachable Cause = "server.unreachable"  // no answer, or no way
	Cut         Cause = "server.cut"          // an answer that broke off
	BadAnswer   Cause = "server.answer"       // the cloud's own answer cannot be used
	NoWay       Cause = "proxy"               // the branch's proxy does not connect
	Misread     Cause = "claim.shape"         // the claim code is none
	Unproven    Cause = "claim.proof"         // whoever answers does not know the claim code
	ByAlert     Cause = "certificate.refused" // TLS refused the box's certificate
	BadFiles    Cause = "identity"            // the link's own files cannot be used
	Unknown     Cause = "link.failed"
)

// Causes lists them all.
func Causes() []Cause {
	return []Cause{
		Portal, WrongClock, Expired, NotOurs, BadServer, NoName, Unreachable, Cut, BadAnswer, NoWay, Misread, Unproven, ByAlert, BadFiles, Unknown,
	}
}

// Trouble is why the cloud cannot be had, for a person.
type Trouble struct {
	Sentence string
	Remedy   string
	Cause    Cause         // when the box found out; empty when the cloud itself refused
	Detail   string        // what shows it, in no language: an address, who issued a certificate, a time
	Code     string        // of wire.Failure, when the cloud itself refused
	Status   int           // of HTTP, when there was an answer
	Again    time.Duration // the cloud asked not to be asked before; 0: it did not
	Err      error         // what lies below; may be nil
}

func (t *Trouble) Error() string {
	if t.Remedy == "" {
		return t.Sentence
	}
	return t.Sentence + ": " + t.Remedy
}

func (t *Trouble) Unwrap() error { return t.Err }

// Name is the stable name of the trouble: the cloud's code or the box's cause.
func (t *Trouble) Name() string {
	switch {
	case t.Code != "":
		return t.Code
	case t.Cause != "":
		return string(t.Cause)
	default:
		return string(Unknown)
	}
}

// NameOf is the stable name of any error of the link, and what shows it.
func NameOf(err error) (name, detail string) {
	if t, is := errors.AsType[*Trouble](err); is {
		return t.Name(), t.Detail
	}
	return string(Unknown), ""
}

// code is the wire.Failure code in an error.
func code(err error) string {
	if t, is := errors.AsType[*Trouble](err); is {
		return t.Code
	}
	return ""
}

// unreached puts a failure to reach a server in words. now is the time that certificates were judged by.
func unreached(err error, host string, now time.Time) *Trouble {
	if t, is := errors.AsType[*Trouble](err); is {
		return t
	}
	t := &Trouble{Err: err}
	t.Detail = host
	if name, is := errors.AsType[*net.DNSError](err); is {
		t.Cause, t.Detail = NoName, printable(name.Name, 80)
		t.Sentence = fmt.Sprintf("the name %s is not known to the name server", name.Name)
		t.Remedy = "look at the spelling, and at the box's name server and Internet line"
		return t
	}
	if bad, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return strange(bad, host, now)
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is {
		t.Cause = Portal
		t.Sentence = fmt.Sprintf("%s does not speak TLS", host)
		t.Remedy = "look whether a sign-in page of the Internet provider stands in between (captive portal), and at the port"
		return t
	}
	if alert, is := errors.AsType[tls.AlertError](err); is {
		t.Cause = ByAlert
		t.Sentence = fmt.Sprintf("%s refuses this box's certificate (%s)", host, alert.Error())
		t.Remedy = "enrol the box again with a new claim code if this lasts"
		return t
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		t.Cause = Unreachable
		t.Sentence, t.Remedy = fmt.Sprintf("%s does not answer in time", host), "look at the Internet line, and whether a firewall lets the box out to this port"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		t.Cause = Cut
		t.Sentence, t.Remedy = fmt.Sprintf("the connection to %s was cut", host), "the box tries again by itself"
	default:
		t.Cause = Unreachable
		t.Sentence, t.Remedy = fmt.Sprintf("%s cannot be reached (%s)", host, short(err)), "look at the Internet line, and whether a firewall lets the box out to this port"
	}
	return t
}

// strange is about a certificate that is not the cloud's.
func strange(bad *tls.CertificateVerificationError, host string, now time.Time) *Trouble {
	t := &Trouble{Err: bad}
	issuer := "nobody"
	if len(bad.UnverifiedCertificates) > 0 {
		issuer = issuerOf(bad.UnverifiedCertificates[0])
	}
	if invalid, is := errors.AsType[x509.CertificateInvalidError](bad); is && invalid.Reason == x509.Expired {
		t.Cause, t.Detail = Expired, now.UTC().Format("2006-01-02 15:04 UTC")
		if invalid.Cert != nil && now.Before(invalid.Cert.NotBefore) {
			t.Cause = WrongClock
		}
		t.Sentence = fmt.Sprintf("the certificate of %s is not valid at this time; the box's clock says %s", host, now.UTC().Format("2006-01-02 15:04"))
		t.Remedy = "set the box's clock, or let it reach a time server"
		return t
	}
	t.Cause, t.Detail = NotOurs, issuer
	t.Sentence = fmt.Sprintf("somebody stands between this box and %s: the certificate was issued by %s", host, issuer)
	t.Remedy = "let the proxy or firewall pass this address through without opening it; on a line with a sign-in page, sign in there"
	return t
}

// issuerOf names who issued a certificate.
func issuerOf(c *x509.Certificate) string {
	name := c.Issuer.CommonName
	if len(c.Issuer.Organization) > 0 {
		name = strings.TrimSpace(name + " (" + c.Issuer.Organization[0] + ")")
	}
	if name == "" {
		name = c.Issuer.String()
	}
	return fmt.Sprintf("%q", printable(name, 80))
}

func isTimeout(err error) bool {
	t, is := errors.AsType[net.Error](err)
	return is && t.Timeout()
}

// short is the innermost message of an error, which says most.
func short(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return printable(err.Error(), 120)
		}
		err = inner
	}
}

// printable makes a text of somebody else's fit for a terminal.
func printable(s string, most int) string {
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(clean); len(runes) > most {
		clean = string(runes[:most]) + "…"
	}
	return clean
}

// portal is about an answer that cannot be the cloud's.
func portal(host, what string, status int) *Trouble {
	return &Trouble{
		Sentence: fmt.Sprintf("something else answers in the place of %s (%s)", host, what),
		Remedy:   "on a line with a sign-in page (captive portal), sign in there; otherwise let the proxy pass this address through",
		Cause:    Portal, Detail: host, Status: status,
	}
}

// refusedBy is a refusal of the cloud's own.
func refusedBy(f wire.Failure, status int, again time.Duration) *Trouble {
	t := &Trouble{Sentence: printable(f.Sentence, 200), Remedy: printable(f.Remedy, 200), Code: f.Code, Status: status, Again: again}
	if t.Sentence == "" {
		t.Sentence = fmt.Sprintf("the cloud refuses (%s, %d)", printable(f.Code, 40), status)
	}
	return t
}
