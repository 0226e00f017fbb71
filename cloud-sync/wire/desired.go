package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"

	"autocom/appliance/site"
)

// Problem is one thing that is wrong with a document.
type Problem = site.Problem

// Desired is what the cloud wants a box to be. Only inside an Envelope is it worth anything.
type Desired struct {
	Tenant   string `json:"tenant"`
	Site     string `json:"site"`
	Device   string `json:"device"`   // it is for this box alone
	Revision uint64 `json:"revision"` // from 1; an older one never comes back, its text may, under a new number
	Issued   int64  `json:"issued"`   // Unix ms
	Document string `json:"document"` // the site document's text, YAML
}

// Envelope is a Desired as its tenant's key signed it: the signature is over these very bytes.
type Envelope struct {
	Payload   []byte `json:"payload"` // JSON of a Desired
	Key       string `json:"key"`     // ID of the TrustedKey
	Signature []byte `json:"signature"`
}

// Why an envelope is not opened.
var (
	ErrUnknownKey = errors.New("the document is signed by a key this box was not told to trust")
	ErrSignature  = errors.New("the document's signature is wrong")
	ErrOtherBox   = errors.New("the document is for another box")
	ErrGarbled    = errors.New("the document's envelope is garbled")
)

// signed separates this use of a key from any other.
const signed = "autocom desired v1\x00"

// Seal signs a desired document.
func Seal(d Desired, key string, sign func(message []byte) ([]byte, error)) (Envelope, error) {
	payload, err := json.Marshal(d)
	if err != nil {
		return Envelope{}, fmt.Errorf("desired document: %w", err)
	}
	sig, err := sign(append([]byte(signed), payload...))
	if err != nil {
		return Envelope{}, fmt.Errorf("sign the desired document: %w", err)
	}
	return Envelope{Payload: payload, Key: key, Signature: sig}, nil
}

// Open checks an envelope and reads it: signed by one of keys, and for this device. Whether its revision is newer is the caller's to compare.
func (e Envelope) Open(keys []TrustedKey, device string) (Desired, error) {
	var d Desired
	found := false
	for _, k := range keys {
		if k.ID != e.Key || len(k.Public) != ed25519.PublicKeySize {
			continue
		}
		if !ed25519.Verify(k.Public, append([]byte(signed), e.Payload...), e.Signature) {
			return d, ErrSignature
		}
		found = true
	}
	if !found {
		return d, fmt.Errorf("%w (key %q)", ErrUnknownKey, e.Key)
	}
	dec := json.NewDecoder(bytes.NewReader(e.Payload))
	if err := dec.Decode(&d); err != nil {
		return Desired{}, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	if d.Revision == 0 || d.Device == "" {
		return Desired{}, ErrGarbled
	}
	if d.Device != device {
		return Desired{}, ErrOtherBox
	}
	return d, nil
}

// Confirm asks the cloud to say that a revision reached it: only the cloud that published it, over the pinned connection, can answer. No portal can.
type Confirm struct {
	Revision uint64 `json:"revision"`
	Nonce    []byte `json:"nonce"` // 16 random bytes
}

// Confirmed repeats both.
type Confirmed struct {
	Revision uint64 `json:"revision"`
	Nonce    []byte `json:"nonce"`
	Time     int64  `json:"time"`
}

// State is how far a revision came on a box.
type State string

// The states, in order; refused and reverted are ends.
const (
	Published State = "published" // the cloud has it, the box has not been heard about it
	Fetched   State = "fetched"
	Refused   State = "refused"   // it never took effect: see Problems or Why
	Applied   State = "applied"   // it is in force, on trial
	Kept      State = "confirmed" // it stays
	Reverted  State = "reverted"  // it was in force and went back: see Why
)

// Report tells the cloud how far a revision came. It may come twice.
type Report struct {
	Revision uint64    `json:"revision"`
	State    State     `json:"state"`
	At       int64     `json:"at"`                 // Unix ms, by the box's clock
	Problems []Problem `json:"problems,omitempty"` // of a refused document
	Why      string    `json:"why,omitempty"`      // a sentence
	Returned uint64    `json:"returned,omitempty"` // the revision in force now; 0: the document the box had before it was enrolled
}

// Received acknowledges a report.
type Received struct {
	Time int64 `json:"time"`
}
