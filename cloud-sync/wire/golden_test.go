package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func examples() []any {
	at := fact.Address{Stream: "box-1", Epoch: 2, N: 41}
	problem := wire.Problem{Path: "queues[0]", Sentence: "nobody is in it", Remedy: "add an agent"}
	key := wire.TrustedKey{ID: "k1", Public: bytes.Repeat([]byte{7}, 32)}
	row := json.RawMessage(`{"address":{"stream":"box-1","epoch":2,"n":42},"at":{"utc":1,"boot":2},"kind":"leg.ringing","v":1,"body":{"call":"c1","leg":"l1"}}`)
	return []any{
		wire.EnrolRequest{Claim: "0123456789abcdef0123456789abcdef", CSR: []byte("csr"), Proof: []byte("proof"), Serial: "AC-1", Program: "1.2.3", Stream: "box-1"},
		wire.EnrolAnswer{Device: "d1", Tenant: "t1", TenantName: "Tenant", Site: "s1", SiteName: "Branch", Certificate: []byte("cert"), Roots: [][]byte{[]byte("root")}, Keys: []wire.TrustedKey{key}, Time: 1795435200000, Proof: []byte("proof")},
		wire.RenewRequest{CSR: []byte("csr")},
		wire.RenewAnswer{Certificate: []byte("cert"), Roots: [][]byte{[]byte("root")}, Keys: []wire.TrustedKey{key}, Time: 1795435200000},
		wire.Desired{Tenant: "t1", Site: "s1", Device: "d1", Revision: 12, Issued: 1795435200000, Document: "site:\n  name: Branch\n"},
		wire.Envelope{Payload: []byte("{}"), Key: "k1", Signature: []byte("signature")},
		wire.Confirm{Revision: 12, Nonce: []byte("0123456789abcdef")},
		wire.Confirmed{Revision: 12, Nonce: []byte("0123456789abcdef"), Time: 1795435200000},
		wire.Report{Revision: 12, State: wire.Reverted, At: 1795435200000, Problems: []wire.Problem{problem}, Why: "why", Returned: 11},
		wire.LocalDocument{Name: "4f2a", Text: "site:\n  name: Branch\n"},
		wire.Received{Time: 1795435200000},
		wire.Batch{Stream: "box-1", After: at, Facts: []json.RawMessage{row}},
		wire.Acknowledged{Acked: at, Time: 1795435200000},
		wire.Status{
			Program: "1.2.3", Serial: "AC-1", Started: 1795430000000, Now: 1795435200000, Clock: "ntp", Revision: 12, Trial: 13, Document: "4f2a", Local: true, Stream: "box-1",
			Last: at, Acked: at, Oldest: 1795435100000, Trunks: []wire.Trunk{{Name: "carrier", Up: true, Channels: 8, InUse: 2}}, Phones: []wire.Phone{{Number: "201", Name: "Desk", Up: true}},
			Queues: []wire.Queue{{ID: "sales", Name: "Sales", Waiting: 3, LongestMS: 31000, Talking: 2, Free: 1, Agents: 4}}, Agents: []wire.Agent{{ID: "a1", Name: "Alice", State: "busy", SinceMS: 9000}},
			Calls: 5, Media: true, Alarms: []string{"the disk is nearly full"}, Machine: wire.Machine{Board: "qemu", Slot: "A", UptimeMS: 5200000, CelsiusMC: 41000, DiskUsed: 0.25, Load: 0.5},
		},
		wire.StatusAnswer{Time: 1795435200000, Desired: 13, Acked: at, Watched: true},
		wire.Nudge{Desired: 13, Watched: true, Facts: true},
		wire.Failure{Code: wire.CodeTooOften, Sentence: "too many tries", Remedy: "wait", Problems: []wire.Problem{problem}},
	}
}

// TestGolden holds the contract: a side that is older or newer must read the same.
func TestGolden(t *testing.T) {
	files := map[string]bool{}
	for _, v := range examples() {
		kind := reflect.TypeOf(v)
		path := filepath.Join("testdata", strings.ToLower(kind.Name())+".json")
		files[path] = true
		for i := range kind.NumField() {
			if reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("the example of %s leaves %s empty", kind.Name(), kind.Field(i).Name)
			}
		}
		got, err := json.MarshalIndent(v, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (run go test -update)", err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is now\n%s\ninstead of\n%s\nFields are added, never renamed.", kind.Name(), got, want)
		}
		// What a later side adds is left alone.
		more := bytes.Replace(want, []byte("{"), []byte(`{"added_later": [1],`), 1)
		back := reflect.New(kind)
		if err := json.Unmarshal(more, back.Interface()); err != nil {
			t.Fatal(err)
		}
		again, err := json.MarshalIndent(back.Elem().Interface(), "", "\t")
		if err != nil || !bytes.Equal(append(again, '\n'), want) {
			t.Errorf("%s does not survive the way: %v\n%s", kind.Name(), err, again)
		}
	}
	present, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range present {
		if !files[path] {
			t.Errorf("%s is of no type", path)
		}
	}
}
