package sipedge_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:generate go test -run TestProfileIsPrinted -update-profile .

var updateProfile = flag.Bool("update-profile", false, "write docs/sip-profile.md again")

// standard is one RFC the box speaks, and how.
type standard struct {
	rfc   int
	title string
	what  string
}

// standards is what the box speaks, in the order of the numbers. A line stands here only as long as a test carries its number in its name.
func standards() []standard {
	return []standard{
		{3261, "SIP", "dialogs, transactions and transports by UDP, TCP and TLS; every request from an admitted source gets the answer it is owed"},
		{3262, "Reliable provisional responses (PRACK, 100rel)", "both ways; sent where the peer requires it or the trunk's policy asks for it"},
		{3263, "Locating servers", "NAPTR, SRV, A and AAAA as an ordered list, with a cache that outlives the Internet; a call goes to the next server after a second of silence"},
		{3264, "Offer and answer", "PCMA, PCMU and telephone-event; offers in INVITE, 200, PRACK, ACK, re-INVITE and UPDATE; 488 leaves everything as it was"},
		{3311, "UPDATE", "both ways, before and after the answer"},
		{3323, "Privacy", "id and none sent, by the trunk's policy; id, user and header honoured"},
		{3325, "Asserted identity", "P-Asserted-Identity and P-Preferred-Identity, each way by the trunk's policy"},
		{3326, "Reason", "phones that lost a call to another one are told so and show no missed call"},
		{3327, "Path", "read and kept with the binding"},
		{3515, "REFER", "from phones inside a dialog: the exchange carries the transfer out, NOTIFY tells how it went"},
		{3550, "RTP and RTCP", "reports both ways; sources are locked in; segments add up over restarts"},
		{3551, "Audio profile", "PCMA and PCMU, static payload types or dynamic ones mapped to them"},
		{3581, "rport", "always, both ways"},
		{3608, "Service-Route", "of the registrar a trunk signed on with"},
		{3711, "SRTP", "AES-CM and AES-GCM, with replay protection"},
		{3842, "Message waiting", "message-summary to phones that subscribe"},
		{3891, "Replaces", "from phones: the exchange lets the new leg take the old one's place, by policy"},
		{4028, "Session timers", "both roles, by UPDATE where the peer has it"},
		{4235, "Dialog events (BLF)", "full-state documents; subscriptions outlive restarts and lost messages"},
		{4475, "Torture tests", "each of the 50 messages has a stated outcome"},
		{4488, "REFER without subscription", "Refer-Sub: false is honoured"},
		{4568, "SDES", "keys of SRTP, over TLS only, new ones with every new offer"},
		{4733, "Telephone events", "both ways; one digit for each press"},
		{5389, "STUN", "binding requests on the SIP port of admitted sources, as keep-alive"},
		{5626, "Outbound", "keep-alives and flows; a connection that breaks takes its bindings along"},
		{5761, "RTCP on the RTP port", "where the peer offers it"},
		{5806, "Diversion", "each way by the trunk's policy"},
		{6140, "GIN", "one registration for a range of numbers"},
		{6665, "Events", "SUBSCRIBE and NOTIFY; only a 481 ends a subscription before its time"},
		{7044, "History-Info", "each way by the trunk's policy"},
		{7118, "SIP over WebSocket", "for softphones"},
		{7616, "Digest", "SHA-256 and MD5, qop=auth, nonces that live five minutes"},
		{8760, "Digest algorithms", "the strongest first; phones that stumble over two get one"},
	}
}

// named reads RFC and section out of the name of a test: Cancel_RFC3261_9_1, RFC3261S9_1Cancel and RFC3261Section9Cancel say the same.
var named = regexp.MustCompile(`RFC(\d{3,4})(?:(?:_|S|Section)((?:Appendix)?(?:[A-Z]_)?\d+(?:_\d+)*))?`)

// proofs finds the tests that carry the number of an RFC: RFC -> section -> tests.
func proofs(t *testing.T) map[int]map[string][]string {
	t.Helper()
	found := map[int]map[string][]string{}
	root := filepath.Join("..", "..")
	for _, dir := range []string{"appliance", "cmd", "dsp"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			room, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
					continue
				}
				for _, m := range named.FindAllStringSubmatch(f.Name.Name, -1) {
					rfc, err := strconv.Atoi(m[1])
					if err != nil {
						return err
					}
					if found[rfc] == nil {
						found[rfc] = map[string][]string{}
					}
					section := strings.ReplaceAll(strings.TrimPrefix(m[2], "Appendix"), "_", ".")
					found[rfc][section] = append(found[rfc][section], filepath.ToSlash(room)+"."+f.Name.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// profile writes the page: what is said by hand, then RFC by RFC with the tests that prove it.
func profile(t *testing.T) []byte {
	t.Helper()
	head, err := os.ReadFile("testdata/sip-profile-head.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.Write(head)
	found := proofs(t)
	b.WriteString("\n## RFC by RFC\n\nPrinted from the names of tests by `go generate ./appliance/sipedge`. A line without a proof is refused.\n\n")
	b.WriteString("| RFC | What the box does | Sections with a test |\n|---|---|---|\n")
	for _, s := range standards() {
		sections := found[s.rfc]
		if len(sections) == 0 {
			t.Errorf("RFC %d (%s) has no test that carries its number", s.rfc, s.title)
			continue
		}
		names := make([]string, 0, len(sections))
		for name := range sections {
			names = append(names, name)
		}
		slices.SortFunc(names, bySection)
		var list []string
		for _, name := range names {
			n := len(sections[name])
			if name == "" {
				list = append(list, fmt.Sprintf("whole (%d)", n))
				continue
			}
			list = append(list, fmt.Sprintf("§%s (%d)", name, n))
		}
		fmt.Fprintf(&b, "| [%d](https://www.rfc-editor.org/rfc/rfc%d) %s | %s | %s |\n", s.rfc, s.rfc, s.title, s.what, strings.Join(list, " "))
	}
	b.WriteString("\n## The tests\n")
	for _, s := range standards() {
		fmt.Fprintf(&b, "\n**RFC %d**\n\n", s.rfc)
		var lines []string
		for section, tests := range found[s.rfc] {
			for _, test := range tests {
				lines = append(lines, fmt.Sprintf("- §%s `%s`", cmp.Or(section, "–"), test))
			}
		}
		slices.Sort(lines)
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.Bytes()
}

// bySection orders 9.1 before 12.2, and appendices last.
func bySection(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	return slices.CompareFunc(x, y, func(p, q string) int {
		m, errM := strconv.Atoi(p)
		n, errN := strconv.Atoi(q)
		if errM != nil || errN != nil {
			return strings.Compare(p, q)
		}
		return cmp.Compare(m, n)
	})
}

func TestProfileIsPrinted(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "sip-profile.md")
	want := profile(t)
	if *updateProfile {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/sip-profile.md is not what the tests prove: go generate ./appliance/sipedge")
	}
}
