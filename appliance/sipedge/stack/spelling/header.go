package spelling

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Value is the value of a header that sipgo leaves as text, by its name or its compact form.
func Value(m Headed, name, compact string) string {
	h := First(m, name)
	if h == nil && compact != "" {
		h = First(m, compact)
	}
	if h == nil {
		return ""
	}
	return strings.TrimSpace(h.Value())
}

// Headed is a request or a response.
type Headed interface {
	Headers() []sip.Header
}

// First is the first header of a name, or nil. Unlike sipgo's own look-up it does not write the name of each header in small letters.
func First(m Headed, name string) sip.Header {
	for _, h := range m.Headers() {
		if strings.EqualFold(h.Name(), name) {
			return h
		}
	}
	return nil
}
