package sipedge

import (
	"net/url"
	"strings"

	"autocom/appliance/sipedge/stack"
	"autocom/appliance/sipedge/trunk"

	"github.com/emiago/sipgo/sip"
)

// Who calls and whom, as the headers of a carrier's INVITE have it.

// user is the user part of a URI without its escapes.
func user(s string) string {
	s, _, _ = strings.Cut(s, ";")
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// userOf is the user part of a URI, or the number of a tel: URI (RFC 3966).
func userOf(u *sip.Uri) string {
	if raw := u.Raw(); raw != "" {
		if u.Scheme != "tel" {
			return ""
		}
		return user(raw)
	}
	return user(u.User)
}

// said reads them.
func said(r *stack.Request) trunk.Said {
	f := r.From()
	s := trunk.Said{
		From:    trunk.Party{Display: f.DisplayName, User: userOf(&f.Address), Verstat: verstat(&f.Address)},
		Privacy: strings.Join(values(r.Request, "Privacy"), ";"),
		Request: userOf(&r.Recipient), To: userOf(&r.To().Address),
		PAI: parties(r.Request, "P-Asserted-Identity"), PPI: parties(r.Request, "P-Preferred-Identity"), RPID: parties(r.Request, "Remote-Party-ID"),
		Divert: parties(r.Request, "Diversion"), History: parties(r.Request, "History-Info"),
	}
	if called := parties(r.Request, "P-Called-Party-ID"); len(called) > 0 {
		s.Called = called[0].User
	}
	return s
}

// verstat is a parameter of tel: URIs that some carriers put in sip: ones, behind the user or behind the host.
func verstat(u *sip.Uri) string {
	for _, where := range [...]string{u.User, u.Raw()} {
		for part := range strings.SplitSeq(where, ";") {
			if name, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(name, "verstat") {
				return v
			}
		}
	}
	v, _ := u.UriParams.Get("verstat")
	return v
}

// parties reads the addresses of headers of a name, of which one header may hold several (RFC 3325 §9.1).
func parties(m headed, name string) []trunk.Party {
	var list []trunk.Party
	for _, v := range values(m, name) {
		for _, one := range split(v) {
			var uri sip.Uri
			params := sip.NewParams()
			display, err := sip.ParseAddressValue(one, &uri, &params)
			if err != nil || len(list) >= maxHeaders {
				continue
			}
			reason, _ := params.Get("reason")
			list = append(list, trunk.Party{Display: display, User: userOf(&uri), Reason: strings.Trim(reason, `"`), Verstat: verstat(&uri)})
		}
	}
	return list
}

// uris reads the URIs of headers of a name.
func uris(m headed, name string) []string {
	var list []string
	for _, v := range values(m, name) {
		for _, one := range split(v) {
			var uri sip.Uri
			params := sip.NewParams()
			if _, err := sip.ParseAddressValue(one, &uri, &params); err == nil && len(list) < maxHeaders {
				list = append(list, uri.String())
			}
		}
	}
	return list
}

// split takes a header's values apart at the commas that are neither quoted nor inside <>.
func split(s string) []string {
	var out []string
	quoted, angle, from := false, false, 0
	for i := 0; i < len(s) && len(out) < maxHeaders; i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"' && !angle:
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			out = append(out, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	if len(out) < maxHeaders {
		out = append(out, strings.TrimSpace(s[from:]))
	}
	return out
}
