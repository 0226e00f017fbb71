package sipedge

import (
	"strings"
	"time"

	"autocom/appliance/sipedge/leg"
)

// How phones are told to lift by themselves. There is a standard (RFC 5373) that few phones know, and a header for each make: data, not code.

// lifts is the headers that make a phone lift, by a word of its User-Agent. HOST is the box.
func lifts() []struct {
	agent   string
	headers []leg.Header
} {
	const (
		call  = "<sip:HOST>;answer-after=0"
		alert = "<http://HOST>;info=alert-autoanswer;delay=0"
	)
	return []struct {
		agent   string
		headers []leg.Header
	}{
		{"yealink", []leg.Header{{Name: "Call-Info", Value: call}, {Name: "Alert-Info", Value: alert}}},
		{"snom", []leg.Header{{Name: "Alert-Info", Value: alert}, {Name: "Call-Info", Value: call}}},
		{"grandstream", []leg.Header{{Name: "Call-Info", Value: call}, {Name: "Alert-Info", Value: alert}}},
		{"poly", []leg.Header{{Name: "Alert-Info", Value: "Auto Answer"}, {Name: "Answer-Mode", Value: "Auto"}}},
		{"cisco", []leg.Header{{Name: "Call-Info", Value: call}}},
		{"linksys", []leg.Header{{Name: "Call-Info", Value: call}}},
		{"panasonic", []leg.Header{{Name: "Call-Info", Value: call}}},
		{"gigaset", []leg.Header{{Name: "Alert-Info", Value: alert}}},
		{"fanvil", []leg.Header{{Name: "Alert-Info", Value: alert}}},
		{"aastra", []leg.Header{{Name: "Alert-Info", Value: alert}}},
		{"mitel", []leg.Header{{Name: "Alert-Info", Value: alert}}},
		{"alcatel", []leg.Header{{Name: "Alert-Info", Value: alert}}},
		// Anything else gets all three: what a phone does not know it ignores (RFC 3261 §8.2.2).
		{"", []leg.Header{{Name: "Answer-Mode", Value: "Auto"}, {Name: "Call-Info", Value: call}, {Name: "Alert-Info", Value: alert}}},
	}
}

// autoAnswer is what makes a phone lift by itself.
func autoAnswer(agent, host string) []leg.Header {
	agent = strings.ToLower(agent)
	for _, l := range lifts() {
		if !strings.Contains(agent, l.agent) {
			continue
		}
		list := l.headers
		for i := range list {
			list[i].Value = strings.ReplaceAll(list[i].Value, "HOST", host)
		}
		return list
	}
	return nil
}

// lift asks the phones of an extension to lift by themselves: a person asked for this call at that phone.
func (e *Edge) lift(p *leg.Place, ext string) {
	bindings := e.registrar.Lookup(time.Now(), ext)
	for i := range p.Contacts {
		c := &p.Contacts[i]
		for _, b := range bindings {
			if b.Contact == c.URI && b.Flow == c.Flow {
				_, host, _ := strings.Cut(c.To, "@")
				c.Extra = autoAnswer(b.Agent, host)
			}
		}
	}
}
