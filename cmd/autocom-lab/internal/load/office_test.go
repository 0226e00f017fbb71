package load

import (
	"net/netip"
	"os"
	"testing"

	"autocom/appliance/site"
)

func TestTheOfficesAreGoodDocuments(t *testing.T) {
	for _, s := range []Setup{{Accounts: 1000, Calls: 400}, {Accounts: 1000, Calls: 50, Record: true}, {Accounts: 1, Calls: 1}} {
		b := office(s, netip.MustParseAddrPort("127.0.0.1:5060"), netip.MustParseAddrPort("127.0.0.2:5060"))
		path, err := b.Write(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, problems := site.Parse(text)
		if len(problems) > 0 {
			t.Fatalf("%+v: %v", s, problems[:min(len(problems), 5)])
		}
		agents := 0
		if s.Record {
			agents = s.Calls
		}
		if len(doc.Extensions) != s.Accounts || len(doc.Agents) != agents {
			t.Errorf("%+v: %d extensions, %d agents", s, len(doc.Extensions), len(doc.Agents))
		}
	}
}
