package wire

import "crypto/ed25519"

// EnrolRequest asks for a certificate with a claim code.
type EnrolRequest struct {
	Claim   string `json:"claim"`  // ClaimKeys.ID
	CSR     []byte `json:"csr"`    // DER, PKCS #10, P-256
	Proof   []byte `json:"proof"`  // ClaimKeys.BoxProof
	Serial  string `json:"serial"` // the box's serial number
	Program string `json:"program"`
	Stream  string `json:"stream"` // of its journal
}

// EnrolAnswer is who the box is from now on, and whom it trusts.
type EnrolAnswer struct {
	Device      string       `json:"device"`
	Tenant      string       `json:"tenant"`
	TenantName  string       `json:"tenant_name"`
	Site        string       `json:"site"`
	SiteName    string       `json:"site_name"`
	Certificate []byte       `json:"certificate"` // DER
	Roots       [][]byte     `json:"roots"`       // DER: of the device listener's certificate
	Keys        []TrustedKey `json:"keys"`        // that sign this tenant's documents; at least one
	Time        int64        `json:"time"`        // Unix ms, of the cloud
	Proof       []byte       `json:"proof"`       // ClaimKeys.CloudProof
}

// TrustedKey is a key that signs documents.
type TrustedKey struct {
	ID     string            `json:"id"`
	Public ed25519.PublicKey `json:"public"`
}

// RenewRequest asks for a new certificate. The connection shows the old one, which may have expired: the handshake still proves its key.
type RenewRequest struct {
	CSR []byte `json:"csr"` // DER; the key may be the same or a new one
}

// RenewAnswer is the new certificate, and whom to trust from now on.
type RenewAnswer struct {
	Certificate []byte       `json:"certificate"`
	Roots       [][]byte     `json:"roots"`
	Keys        []TrustedKey `json:"keys"`
	Time        int64        `json:"time"`
}
