package appliance

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/sipedge/nat"
	"autocom/appliance/sipedge/stack"
)

// Bans lists who is kept out.
func (b *box) Bans(context.Context) ([]console.Ban, error) {
	list := b.edge.Stack().Bans()
	out := make([]console.Ban, 0, len(list))
	for _, x := range list {
		out = append(out, console.Ban{Address: x.Addr.String(), Reason: banWords(x.Reason), Since: x.Since, Until: x.Until, Times: x.Count})
	}
	return out, nil
}

// banWords says why an address is kept out.
func banWords(r stack.Reason) string {
	switch r {
	case stack.ReasonGarbage:
		return "datagrams that are no SIP"
	case stack.ReasonUnparsable:
		return "SIP that cannot be read"
	case stack.ReasonScanner:
		return "a tool of attackers"
	case stack.ReasonPassword:
		return "wrong passwords"
	case stack.ReasonOperator:
		return "somebody of the site said so"
	default:
		return string(r)
	}
}

// Unban lets an address in again.
func (b *box) Unban(_ context.Context, a netip.Addr) error {
	if !b.edge.Pardon(a) {
		return fmt.Errorf("%s is not kept out: %w (autocom bans list)", a, console.ErrNotFound)
	}
	b.log.Info("an address was let in again by hand", "address", a)
	return nil
}

// certificateSoon is how long before its end a certificate is worth a word.
const certificateSoon = 14 * 24 * time.Hour

// Doctor looks at what is known to go wrong.
func (b *box) Doctor(ctx context.Context) ([]console.Finding, error) {
	out := []console.Finding{}
	for _, f := range b.edge.Findings() {
		out = append(out, console.Finding{
			Code: string(f.Code), Gravity: gravity(f.Grade), About: f.About, Sentence: f.Sentence, Remedy: f.Remedy, Evidence: f.Evidence,
		})
	}
	s, err := b.Status(ctx)
	if err != nil {
		return out, err
	}
	if !s.Media.Up {
		out = append(out, console.Finding{
			Code: "media.down", Gravity: console.Trouble, About: "box", Sentence: "The media process is not there: calls are refused.",
			Remedy: "Look at its log, and start it: systemctl restart autocom-media.",
		})
	}
	if !s.Journal.Healthy {
		out = append(out, console.Finding{Code: "journal", Gravity: console.Trouble, About: "box", Sentence: "The journal cannot be written.", Evidence: s.Journal.Trouble, Remedy: "Make room on the data partition."})
	}
	for _, w := range s.Warnings {
		sentence, remedy, _ := strings.Cut(w, ": ")
		f := console.Finding{Code: b.warningCode(w), Gravity: console.Notice, About: "box", Sentence: sentence, Remedy: remedy}
		if f.Code == "warning.key" { // what people want kept may be lost for good
			f.Gravity = console.Trouble
		}
		out = append(out, f)
	}
	if b.certs != nil {
		out = append(out, b.certificate(time.Now()))
	}
	slices.SortStableFunc(out, func(x, y console.Finding) int { return weight(y.Gravity) - weight(x.Gravity) })
	return out, nil
}

// warningCode names a warning of the status by what it is about, so that pages have their words for it.
func (b *box) warningCode(words string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case words == noTrunk:
		return "warning.trunk"
	case strings.HasPrefix(words, journalDamaged):
		return "warning.journal"
	case b.lastGood != nil && words == b.lastGood.Error():
		return "warning.document"
	}
	for about, w := range b.warnings {
		if w.words != words {
			continue
		}
		switch {
		case strings.HasPrefix(about, "toll "):
			return "warning.toll"
		case about == "disk":
			return "warning.disk"
		case strings.HasPrefix(about, "key "):
			return "warning.key"
		case about == "clock":
			return "warning.clock"
		case about == "network":
			return "warning.restart"
		case about == "network.web":
			return "warning.page"
		default: // a place where SIP is spoken
			return "warning.listen"
		}
	}
	return "box.warning" // it was taken back meanwhile
}

func (b *box) certificate(now time.Time) console.Finding {
	f := console.Finding{
		Code: "tls.certificate", Gravity: console.Good, About: "box",
		Sentence: "The certificate of SIP over TLS holds until " + b.certs.Expires().Local().Format(time.DateOnly) + ".",
		Evidence: "SHA-256 " + b.certs.Fingerprint(),
	}
	if left := b.certs.Expires().Sub(now); left < certificateSoon {
		f.Gravity, f.Remedy = console.Trouble, "Put a new certificate into the files of network.tls_cert and tls_key: the box takes it within ten minutes."
	}
	return f
}

func gravity(g nat.Grade) console.Gravity {
	switch g {
	case nat.Trouble:
		return console.Trouble
	case nat.Notice:
		return console.Notice
	default:
		return console.Good
	}
}

// weight puts what is worst first.
func weight(g console.Gravity) int {
	switch g {
	case console.Trouble:
		return 2
	case console.Notice:
		return 1
	default:
		return 0
	}
}
