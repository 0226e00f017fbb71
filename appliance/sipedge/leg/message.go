package leg

import (
	"strings"

	sipflow "autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/sdp"
)

// Tx names a request of the peer that is owed an answer. Its owner numbers them; 0 is none.
type Tx uint64

// Flow is the pair of addresses the messages of a dialog travel between.
type Flow = sipflow.Flow

// Address is a From or To: who, and the tag that tells dialogs apart.
type Address struct {
	Display string `json:"display,omitempty"`
	URI     string `json:"uri"`
	Tag     string `json:"tag,omitempty"`
}

// Header is one header a request or response carries besides those of the dialog.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is the part of a SIP request that a dialog reads or writes.
type Request struct {
	Method   string   `json:"method"`
	URI      string   `json:"uri"` // Request-URI
	From     Address  `json:"from"`
	To       Address  `json:"to"`
	CallID   string   `json:"call_id"`
	CSeq     uint32   `json:"cseq"`
	Flow     Flow     `json:"-"`                 // where one received came from
	Via      string   `json:"via,omitempty"`     // the branch of a request that is sent: it names its transaction
	Contact  string   `json:"contact,omitempty"` // URI
	Routes   []string `json:"routes,omitempty"`  // Record-Route of one received, Route of one sent; URIs in the order of the message
	Hops     int      `json:"hops,omitempty"`    // Max-Forwards of one sent; 0: the usual 70
	Extra    []Header `json:"extra,omitempty"`
	Body     []byte   `json:"body,omitempty"`
	BodyType string   `json:"body_type,omitempty"`
}

// Response is the part of a SIP response that a dialog reads or writes. What the answered request gives is left to the transaction.
type Response struct {
	Status   int      `json:"status"`
	Reason   string   `json:"reason,omitempty"`
	CallID   string   `json:"call_id,omitempty"`
	CSeq     uint32   `json:"cseq,omitempty"`
	Method   string   `json:"method,omitempty"` // of the CSeq
	ToTag    string   `json:"to_tag,omitempty"`
	Contact  string   `json:"contact,omitempty"`
	Routes   []string `json:"routes,omitempty"` // Record-Route
	Extra    []Header `json:"extra,omitempty"`
	Body     []byte   `json:"body,omitempty"`
	BodyType string   `json:"body_type,omitempty"`
}

// maxFromPeer bounds what a dialog remembers of lists the peer writes: routes, early dialogs, surplus answers.
const maxFromPeer = 16

// sdpType is the media type of a session description.
const sdpType = sdp.ContentType

func header(list []Header, name string) (string, bool) {
	for _, h := range list {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}
