package spelling

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// NewParser is sipgo's parser with a stricter eye on what RFC 4475 §3.1.2 wants refused.
func NewParser() *sip.Parser {
	headers := make(sip.HeadersParser)
	for name, parse := range sip.DefaultHeadersParser() {
		switch name {
		case "contact", "m", "from", "f", "to", "t":
			headers[name] = func(name []byte, value string) (sip.Header, error) {
				if err := bareURI(name[0], value); err != nil {
					return nil, err
				}
				return parse(name, value)
			}
		case "via", "v":
			headers[name] = func(name []byte, value string) (sip.Header, error) {
				h, err := parse(name, value)
				if via, ok := h.(*sip.ViaHeader); ok && (via.Host == "" || via.Transport == "") {
					return nil, errVia
				}
				return h, err
			}
		default:
			headers[name] = parse
		}
	}
	return sip.NewParser(sip.WithHeadersParsers(headers))
}

var (
	errBareURI = errors.New("sip: a URI with header parameters needs < and >") // RFC 3261 §20.10
	errDisplay = errors.New("sip: a name with a comma needs quotes")           // RFC 3261 §20.10
	errVia     = errors.New("sip: Via without an address to send back to")     // RFC 3261 §20.42
)

// bareURI refuses a URI with header parameters that is not enclosed in < and > (RFC 4475 §3.1.2.13), and in From and To, which are no lists,
// a comma in a name without quotes (RFC 4475 §3.1.2.15). initial is that of the header's name, in lower case.
func bareURI(initial byte, value string) error {
	display, _, angled := strings.Cut(value, "<")
	switch {
	case !angled && strings.ContainsRune(value, '?'):
		return errBareURI
	case angled && (initial == 'f' || initial == 't') && strings.ContainsRune(display, ',') && !strings.ContainsRune(display, '"'):
		return errDisplay
	}
	return nil
}
