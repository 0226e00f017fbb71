package branch_test

import (
	"net/netip"
	"os"
	"testing"

	"autocom/appliance/site"
	"autocom/cmd/autocom-lab/internal/branch"
)

func TestTheDemoBranchIsAGoodDocument(t *testing.T) {
	b := branch.Demo(netip.MustParseAddrPort("127.0.0.1:5060"), netip.MustParseAddrPort("127.0.0.2:5060"))
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
		t.Fatalf("%v in\n%s", problems, text)
	}
	if len(doc.Agents) != 4 || len(doc.Extensions) != 5 || len(doc.Queues) != 2 {
		t.Errorf("%d agents, %d extensions, %d queues", len(doc.Agents), len(doc.Extensions), len(doc.Queues))
	}
}

func TestTonesDiffer(t *testing.T) {
	seen := map[float64]string{branch.CarrierTone: "outside", 440: "ringing"}
	for _, n := range []string{"201", "202", "203", "204", "205"} {
		hz := branch.Tone(n)
		if by, taken := seen[hz]; taken || hz < 300 || hz > 3000 {
			t.Errorf("%s speaks at %.0f Hz like %s", n, hz, by)
		}
		seen[hz] = n
	}
}
