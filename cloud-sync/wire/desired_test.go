package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// signer is a key from a seed byte.
func signer(seed byte) (wire.TrustedKey, ed25519.PrivateKey) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return wire.TrustedKey{ID: string('a' + rune(seed)), Public: private.Public().(ed25519.PublicKey)}, private
}

func seal(t testing.TB, d wire.Desired, k wire.TrustedKey, private ed25519.PrivateKey) wire.Envelope {
	t.Helper()
	e, err := wire.Seal(d, k.ID, func(m []byte) ([]byte, error) { return ed25519.Sign(private, m), nil })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnEnvelopeIsOpenedByWhoTrustsItsKeyAndIsMeant(t *testing.T) {
	key, private := signer(1)
	other, otherPrivate := signer(2)
	d := wire.Desired{Tenant: "t", Site: "s", Device: "d", Revision: 3, Issued: 4, Document: "text\n"}
	e := seal(t, d, key, private)
	if got, err := e.Open([]wire.TrustedKey{other, key}, "d"); err != nil || got != d {
		t.Fatalf("%+v, %v", got, err)
	}
	bare := wire.Envelope{Payload: e.Payload, Key: key.ID, Signature: ed25519.Sign(private, e.Payload)}
	garbled := []byte(`{"revision":`)
	sign := func(payload []byte) wire.Envelope {
		return wire.Envelope{Payload: payload, Key: key.ID, Signature: ed25519.Sign(private, append([]byte("autocom desired v1\x00"), payload...))}
	}
	for name, p := range map[string]struct {
		e      wire.Envelope
		keys   []wire.TrustedKey
		device string
		want   error
	}{
		"no key":                        {e, nil, "d", wire.ErrUnknownKey},
		"another key":                   {e, []wire.TrustedKey{other}, "d", wire.ErrUnknownKey},
		"another key, by the same name": {e, []wire.TrustedKey{{ID: key.ID, Public: other.Public}}, "d", wire.ErrSignature},
		"a key of another length":       {e, []wire.TrustedKey{{ID: key.ID, Public: key.Public[:31]}}, "d", wire.ErrUnknownKey},
		"signed by another":             {seal(t, d, key, otherPrivate), []wire.TrustedKey{key}, "d", wire.ErrSignature},
		"signed for another use":        {bare, []wire.TrustedKey{key}, "d", wire.ErrSignature},
		"another box":                   {e, []wire.TrustedKey{key}, "e", wire.ErrOtherBox},
		"garbled":                       {sign(garbled), []wire.TrustedKey{key}, "d", wire.ErrGarbled},
		"no revision":                   {sign([]byte(`{"device":"d"}`)), []wire.TrustedKey{key}, "d", wire.ErrGarbled},
		"no device":                     {sign([]byte(`{"revision":1}`)), []wire.TrustedKey{key}, "", wire.ErrGarbled},
	} {
		if got, err := p.e.Open(p.keys, p.device); !errors.Is(err, p.want) || err != nil && got.Revision != 0 && !errors.Is(err, wire.ErrOtherBox) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for i := range e.Payload {
		for bit := range 8 {
			flipped := e
			flipped.Payload = bytes.Clone(e.Payload)
			flipped.Payload[i] ^= 1 << bit
			if _, err := flipped.Open([]wire.TrustedKey{key}, "d"); !errors.Is(err, wire.ErrSignature) {
				t.Fatalf("bit %d of byte %d flipped: %v", bit, i, err)
			}
		}
	}
}

func rowOf(t testing.TB, a fact.Address) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(fact.Entry{Address: a, At: fact.Moment{UTC: 5}, Fact: fact.LegRinging{Call: "c", Leg: "l"}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestABatchIsInOrderOfOneStreamAndWithinBounds(t *testing.T) {
	at := func(epoch uint32, n uint64) fact.Address { return fact.Address{Stream: "b", Epoch: epoch, N: n} }
	row := func(epoch uint32, n uint64) json.RawMessage { return rowOf(t, at(epoch, n)) }
	foreign := rowOf(t, fact.Address{Stream: "other", Epoch: 1, N: 2})
	many := make([]json.RawMessage, wire.MaxBatch+1)
	for i := range many {
		many[i] = row(1, uint64(i+1))
	}
	for name, p := range map[string]struct {
		b  wire.Batch
		ok bool
	}{
		"none":            {wire.Batch{Stream: "b"}, true},
		"from the start":  {wire.Batch{Stream: "b", Facts: []json.RawMessage{row(1, 1), row(1, 2)}}, true},
		"a gap, an epoch": {wire.Batch{Stream: "b", After: at(1, 2), Facts: []json.RawMessage{row(1, 9), row(3, 1)}}, true},
		"an unknown kind": {wire.Batch{Stream: "b", Facts: []json.RawMessage{[]byte(`{"address":{"stream":"b","epoch":1,"n":1},"kind":"of.tomorrow","v":9,"body":{}}`)}}, true},
		"as many as may":  {wire.Batch{Stream: "b", Facts: many[:wire.MaxBatch]}, true},
		"too many":        {wire.Batch{Stream: "b", Facts: many}, false},
		"no stream":       {wire.Batch{Facts: []json.RawMessage{row(1, 1)}}, false},
		"after another":   {wire.Batch{Stream: "b", After: fact.Address{Stream: "other", Epoch: 1, N: 1}}, false},
		"another's fact":  {wire.Batch{Stream: "b", Facts: []json.RawMessage{foreign}}, false},
		"not after":       {wire.Batch{Stream: "b", After: at(1, 2), Facts: []json.RawMessage{row(1, 2)}}, false},
		"twice":           {wire.Batch{Stream: "b", Facts: []json.RawMessage{row(1, 1), row(1, 1)}}, false},
		"backwards":       {wire.Batch{Stream: "b", Facts: []json.RawMessage{row(2, 1), row(1, 2)}}, false},
		"no kind":         {wire.Batch{Stream: "b", Facts: []json.RawMessage{[]byte(`{"address":{"stream":"b","epoch":1,"n":1}}`)}}, false},
		"no JSON":         {wire.Batch{Stream: "b", Facts: []json.RawMessage{[]byte(`{`)}}, false},
	} {
		rows, err := p.b.Rows()
		if (err == nil) != p.ok || err != nil && !errors.Is(err, wire.ErrBatch) || p.ok && len(rows) != len(p.b.Facts) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key, private := signer(1)
	good := seal(f, wire.Desired{Device: "d", Revision: 1, Document: "x"}, key, private)
	f.Add(good.Payload, good.Key, good.Signature)
	f.Add([]byte("{}"), "b", []byte{})
	f.Add([]byte(nil), "", []byte(nil))
	f.Fuzz(func(t *testing.T, payload []byte, id string, signature []byte) {
		e := wire.Envelope{Payload: payload, Key: id, Signature: signature}
		if d, err := e.Open([]wire.TrustedKey{key}, "d"); err == nil && !bytes.Equal(payload, good.Payload) {
			t.Errorf("opened %+v, which nobody signed", d)
		}
		// The same bytes, signed, are either garbled, for another box, or what they say.
		e.Key, e.Signature = key.ID, ed25519.Sign(private, append([]byte("autocom desired v1\x00"), payload...))
		if d, err := e.Open([]wire.TrustedKey{key}, "d"); err == nil && (d.Device != "d" || d.Revision == 0) {
			t.Errorf("opened %+v", d)
		}
	})
}

func FuzzRows(f *testing.F) {
	f.Add(`{"stream":"b","facts":[` + string(rowOf(f, fact.Address{Stream: "b", Epoch: 1, N: 1})) + `]}`)
	f.Add(`{"stream":"b","after":{"stream":"b","epoch":1,"n":3},"facts":[]}`)
	f.Add(`{"facts":[null]}`)
	f.Add(`{"stream":"b","facts":[` + strings.Repeat("1,", 600) + `1]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var b wire.Batch
		if json.Unmarshal([]byte(raw), &b) != nil {
			return
		}
		rows, err := b.Rows()
		if err != nil {
			return
		}
		last := b.After
		for _, r := range rows {
			if r.Address.Stream != b.Stream || !last.Before(r.Address) || r.Kind == "" {
				t.Errorf("%s after %s, kind %q", r.Address, last, r.Kind)
			}
			last = r.Address
		}
	})
}
