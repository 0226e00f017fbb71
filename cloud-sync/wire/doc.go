// Package wire is the agreement between a box and the cloud: what each sends to the other, and how each knows the other.
//
// Everything travels over HTTPS that the box opens. Data goes by plain GET and POST; one streamed GET only nudges. The structures here are
// versioned by the path (/v1): fields are added, never renamed, and what a side does not know it leaves alone. Golden JSON in testdata holds them.
package wire

// The device listener's paths.
const (
	PathEnrol   = "/v1/enrol"          // POST EnrolRequest -> EnrolAnswer; no certificate yet
	PathRenew   = "/v1/renew"          // POST RenewRequest -> RenewAnswer; the certificate may have expired
	PathDesired = "/v1/device/desired" // GET, If-None-Match -> 304, 204 (nothing published yet) or Envelope
	PathConfirm = "/v1/device/confirm" // POST Confirm -> Confirmed
	PathReport  = "/v1/device/report"  // POST Report -> Received
	PathFacts   = "/v1/device/facts"   // POST Batch (gzip) -> Acknowledged
	PathStatus  = "/v1/device/status"  // POST Status -> StatusAnswer
	PathStream  = "/v1/device/stream"  // GET -> text/event-stream of nudges
)

// Bounds, of both sides.
const (
	MaxBody       = 4 << 20   // bytes of any message, after decompression
	MaxBatch      = 500       // facts in a batch
	MaxBatchBytes = 256 << 10 // bytes of facts in a batch, before compression; one fact alone may be larger
)

// ServerName is the name in the certificate of every device listener. The box pins the root it was given at enrolment, so the name says what the
// server is, not where.
const ServerName = "device.autocom.internal"

// Failure is the body of every answer above 399.
type Failure struct {
	Code     string    `json:"code"`               // stable: see the Code constants
	Sentence string    `json:"sentence"`           // for a person
	Remedy   string    `json:"remedy,omitempty"`   //
	Problems []Problem `json:"problems,omitempty"` // of a document
}

// The codes of Failure.
const (
	CodeClaimUnknown = "claim.unknown" // 403: no such claim, or it was used, withdrawn or is over
	CodeClaimProof   = "claim.proof"   // 403: somebody stands between box and cloud, or the code is wrong
	CodeTooOften     = "too_often"     // 429, with Retry-After
	CodeNoDevice     = "device.unknown"
	CodeRevoked      = "device.revoked" // 403: the box must enrol again
	CodeExpired      = "certificate.expired"
	CodeBadRequest   = "request.bad"
	CodeBusy         = "busy" // 503, with Retry-After
	CodeInternal     = "internal"
)

// Codes lists them all, and is what the box has words for.
func Codes() []string {
	return []string{CodeClaimUnknown, CodeClaimProof, CodeTooOften, CodeNoDevice, CodeRevoked, CodeExpired, CodeBadRequest, CodeBusy, CodeInternal}
}
