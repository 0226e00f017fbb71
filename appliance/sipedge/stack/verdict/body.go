package verdict

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"autocom/appliance/sipedge/stack/spelling"

	"github.com/emiago/sipgo/sip"
)

// What the bodies of messages may be, and the session description that is taken out of those with several parts (RFC 5621, RFC 3261 §7.4).

const (
	maxParts  = 16 // of one body
	maxNested = 3  // bodies with parts inside bodies with parts
)

// carriesSession tells the methods whose body is an offer or an answer (RFC 3264, RFC 3262, RFC 3311).
func carriesSession(m sip.RequestMethod) bool {
	switch m {
	case sip.INVITE, sip.ACK, sip.UPDATE, sip.PRACK:
		return true
	default:
		return false
	}
}

// validateBody is RFC 3261 §8.2.3. Of a body with several parts it leaves the session description alone in the request.
func (j *Judge) validateBody(req *sip.Request) Refusal {
	if !acceptsSDP(req) { // RFC 3261 §21.4.7, RFC 4475 §3.3.15: we could not answer but with SDP
		return Refusal{Status: 406, Headers: []sip.Header{accept()}}
	}
	if len(req.Body()) == 0 {
		return Refusal{}
	}
	if len(req.Body()) > j.rules.MaxBody {
		return Refusal{Status: 413}
	}
	if e := spelling.Value(req, "Content-Encoding", "e"); e != "" && !strings.EqualFold(e, "identity") {
		return Refusal{Status: 415, Headers: []sip.Header{sip.NewHeader("Accept-Encoding", "identity")}}
	}
	kind := ""
	if h := req.ContentType(); h != nil {
		kind = mediaType(h.Value())
	}
	if kind == "application/pkcs7-mime" || kind == "multipart/encrypted" { // RFC 3261 §21.4.30: we hold no key to it
		return Refusal{Status: 493}
	}
	if !carriesSession(req.Method) || kind == "application/sdp" {
		return Refusal{}
	}
	if strings.HasPrefix(kind, "multipart/") {
		switch sdp, err := session(req.ContentType().Value(), req.Body(), maxNested); {
		case errors.Is(err, errEncrypted):
			return Refusal{Status: 493}
		case err == nil:
			onlySDP(req, sdp)
			return Refusal{}
		}
	}
	if optionalBody(req) {
		return Refusal{}
	}
	return Refusal{Status: 415, Headers: []sip.Header{accept()}}
}

// accept is what a body may be (RFC 3261 §8.2.3).
func accept() sip.Header { return sip.NewHeader("Accept", "application/sdp, multipart/mixed") }

// acceptsSDP reports whether an INVITE can be answered with a session description.
func acceptsSDP(req *sip.Request) bool {
	if req.Method != sip.INVITE {
		return true
	}
	said := false
	for _, h := range req.Headers() {
		if !strings.EqualFold(h.Name(), "Accept") {
			continue
		}
		for kind := range strings.SplitSeq(h.Value(), ",") {
			switch mediaType(kind) {
			case "application/sdp", "application/*", "*/*":
				return true
			case "": // RFC 3261 §20.1: an empty header says "nothing"; phones that write it mean "anything"
			default:
				said = true
			}
		}
	}
	return !said
}

// mediaType is a Content-Type without its parameters, in lower case.
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(s))
}

// optionalBody tells a body that may be ignored (RFC 3261 §20.11).
func optionalBody(req *sip.Request) bool {
	return strings.Contains(strings.ToLower(spelling.Value(req, "Content-Disposition", "")), "handling=optional")
}

var (
	errNoSession = errors.New("sip: no session description in the body")
	errRequired  = errors.New("sip: a part of the body must be understood and is not") // RFC 5621 §6
	errEncrypted = errors.New("sip: the body is encrypted")
)

// session finds the session description in a body of several parts. A part that says handling=required and is none is an error; one that
// says nothing is passed over, which is more lenient than RFC 5621 §6: carriers add parts of their own and do not label them.
func session(contentType string, body []byte, depth int) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" || depth == 0 {
		return nil, errNoSession
	}
	var found []byte
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxParts {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errNoSession
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, errNoSession
		}
		of := part.Header.Get("Content-Type")
		switch t := mediaType(of); {
		case t == "application/pkcs7-mime", t == "multipart/encrypted":
			return nil, errEncrypted
		case t == "application/sdp" && plainText(part.Header.Get("Content-Transfer-Encoding")):
			if found == nil || kind == "multipart/alternative" { // RFC 2046 §5.1.4: the last one is the best
				found = content
			}
		case strings.HasPrefix(t, "multipart/"):
			inner, err := session(of, content, depth-1)
			if errors.Is(err, errEncrypted) || errors.Is(err, errRequired) {
				return nil, err
			}
			if found == nil && err == nil {
				found = inner
			}
		case strings.Contains(strings.ToLower(part.Header.Get("Content-Disposition")), "handling=required"):
			return nil, errRequired
		}
	}
	if found == nil {
		return nil, errNoSession
	}
	return found, nil
}

// plainText reports whether a part is as it says, without an encoding over it (RFC 2045 §6).
func plainText(encoding string) bool {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "7bit", "8bit", "binary":
		return true
	default:
		return false
	}
}

// bodied is a request or a response, as far as its body goes.
type bodied interface {
	spelling.Headed
	Body() []byte
	SetBody([]byte)
	ContentType() *sip.ContentTypeHeader
}

// onlySDP puts a session description in the place of a body.
func onlySDP(m bodied, sdp []byte) {
	*m.ContentType() = "application/sdp"
	m.SetBody(sdp) // sets Content-Length
}

// Unwrap leaves of a response's body the session description alone, when it has several parts.
func Unwrap(res *sip.Response) {
	if len(res.Body()) == 0 {
		return
	}
	h := res.ContentType()
	if h == nil || !strings.HasPrefix(mediaType(h.Value()), "multipart/") {
		return
	}
	if sdp, err := session(h.Value(), res.Body(), maxNested); err == nil {
		onlySDP(res, sdp)
	}
}
