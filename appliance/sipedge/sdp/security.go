package sdp

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/plan"
)

// SRTPPolicy is whether the sound of a peer is protected.
type SRTPPolicy uint8

// The policies. Whatever they say, keys are only ever sent and taken where signalling is secure (RFC 4568 §7).
const (
	SRTPNever    SRTPPolicy = iota // RTP in the clear
	SRTPAllowed                    // SRTP when the peer has it, else RTP in the clear
	SRTPRequired                   // SRTP or no call
)

// The transport protocols of an m= line that we speak. Those with feedback (RFC 4585, RFC 5124) are answered as they were offered, which
// RFC 3264 §6 asks for: we list no a=rtcp-fb, so none is agreed on and what remains is RTCP as we send it anyway. We never offer them.
const (
	avp   = "RTP/AVP"
	avpf  = "RTP/AVPF"
	savp  = "RTP/SAVP"
	savpf = "RTP/SAVPF"
)

// protocol tells what an m= line speaks, and whether it is SRTP whatever its attributes say.
func protocol(proto string) (known, secure bool) {
	switch {
	case strings.EqualFold(proto, avp), strings.EqualFold(proto, avpf):
		return true, false
	case strings.EqualFold(proto, savp), strings.EqualFold(proto, savpf):
		return true, true
	default:
		return false, false
	}
}

// keys reports whether keys may be spoken of at all.
func (local Local) keys() bool { return local.Secure && local.SRTP != SRTPNever && local.NewKey != nil }

// Refusals on account of security. Why is shown to the peer's people: it names the remedy.
const (
	whyClearSignalling = "SRTP keys are only taken over TLS signalling"
	whyNever           = "SRTP is not allowed here"
	whyRequired        = "SRTP is required here"
	whyNoSuite         = "no crypto-suite in common"
)

// choice is how one line of the peer's offer is protected when it is taken.
type choice struct {
	on     bool
	tag    int
	name   string // of the suite as the peer wrote it
	suite  suite
	theirs InlineKey
}

// secureBy picks the protection of an offered line: the first way that we can go too, since the peer prefers it (RFC 4568 §5.1.2).
// Phones that would like SRTP but can do without offer RTP/AVP with keys: that counts, where SRTP is allowed.
func (local Local) secureBy(l Line) (choice, *NotAcceptable) {
	_, secure := protocol(l.Proto)
	switch {
	case secure && local.SRTP == SRTPNever:
		return choice{}, &NotAcceptable{Code: 302, Why: whyNever}
	case secure && !local.Secure:
		return choice{}, &NotAcceptable{Code: 302, Why: whyClearSignalling}
	}
	if local.keys() {
		for _, c := range l.Crypto {
			if s, k, ok := c.usable(); ok {
				return choice{on: true, tag: c.Tag, name: c.Suite, suite: s, theirs: k}, nil
			}
		}
	}
	switch {
	case secure:
		return choice{}, &NotAcceptable{Code: 302, Why: whyNoSuite}
	case local.SRTP == SRTPRequired:
		return choice{}, &NotAcceptable{Code: 302, Why: whyRequired}
	default:
		return choice{}, nil
	}
}

// answer gives our side of a choice. Whoever offers the key that is in use already wants the same stream to go on, and hears the key we have
// (RFC 4568 §7.1.4); any other offer gets a new one.
func (local Local) answer(c choice) (Crypto, plan.SRTP) {
	p := protection(c.suite, "", c.theirs)
	if was := local.Was; was.Suite == p.Suite && was.Theirs == p.Theirs && was.MKI == p.MKI && was.Ours != "" {
		p.Ours = was.Ours
	} else {
		p.Ours = encodeKey(local.NewKey(c.suite.size))
	}
	return Crypto{Tag: c.tag, Suite: c.name, Keys: []InlineKey{{Key: p.Ours}}}, p
}

// protect puts our keys into a line that we offer: one for each suite, all new. When SRTP is only allowed, the line is RTP/AVP with keys: a peer
// that knows nothing of them answers in the clear, without a second attempt. The error is of a line that may not be offered at all.
func (local Local) protect(l *Line) *NotAcceptable {
	if !local.keys() {
		if local.SRTP == SRTPRequired {
			return &NotAcceptable{Code: 302, Why: whyClearSignalling}
		}
		switch { // signalling is not secure any more, or the policy has changed
		case strings.EqualFold(l.Proto, savp):
			l.Proto = avp
		case strings.EqualFold(l.Proto, savpf):
			l.Proto = avpf
		}
		return nil
	}
	for i, s := range suites()[:offered] {
		l.Crypto = append(l.Crypto, Crypto{Tag: i + 1, Suite: s.name, Keys: []InlineKey{{Key: encodeKey(local.NewKey(s.size))}}})
	}
	if _, secure := protocol(l.Proto); local.SRTP == SRTPRequired && !secure {
		l.Proto = strings.Replace(strings.ToUpper(l.Proto), avp, savp, 1)
	}
	return nil
}

// accepted finds what the answer to our keys agreed (RFC 4568 §5.1.3): exactly one of them, by its tag and suite. None at all is an answer in
// the clear, which a line that is not SRTP by its protocol leaves open.
func accepted(ours, theirs Line) (plan.SRTP, *NotAcceptable) {
	_, secure := protocol(ours.Proto)
	broken := slices.ContainsFunc(theirs.Attrs, func(a Attr) bool { return a.Name == "crypto" })
	if len(theirs.Crypto) == 0 && !broken && !secure {
		return plan.SRTP{}, nil
	}
	if len(theirs.Crypto) == 1 && !broken {
		c := theirs.Crypto[0]
		if i := slices.IndexFunc(ours.Crypto, func(o Crypto) bool { return o.Tag == c.Tag }); i >= 0 {
			s, k, ok := c.usable()
			if o, _ := suiteOf(ours.Crypto[i].Suite); ok && s == o && len(ours.Crypto[i].Keys) == 1 {
				return protection(s, ours.Crypto[i].Keys[0].Key, k), nil
			}
		}
	}
	return plan.SRTP{}, &NotAcceptable{Code: 302, Why: "the answer has no key to one of those offered"}
}
