package sipedge

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
)

// sentBy is the address in the topmost Via.
var sentBy = regexp.MustCompile(`(?i)(\r\n(?:via|v)[ \t]*:\s*SIP\s*/\s*[0-9.]+\s*/\s*[A-Z]+\s+)[^\s;,]+`)

// The messages of RFC 4475 from a carrier's address: those that the stack lets through reach calls and the registrar. Each request is answered,
// nothing panics, and nothing is left. What each is answered by the stack is held by its own test.
func TestTortureFromACarrier_RFC4475(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if err != nil || len(files) != 50 {
		t.Fatalf("%d messages, %v", len(files), err)
	}
	inWorld(t, func(w *world) {
		silent := 0
		for n, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := w.peer(fmt.Sprintf("198.51.100.9:%d", 6000+n))
			text := string(data)
			if at := sentBy.FindStringSubmatchIndex(text); at != nil {
				text = text[:at[3]] + p.at + text[at[1]:]
			}
			if _, err := p.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(boxAddr))); err != nil {
				t.Fatal(err)
			}
			for _, in := range w.heard() {
				if o, ok := in.(exchange.LegOffered); ok {
					w.edge.Refuse(exchange.Refuse{Leg: o.Leg, Reason: exchange.RefusedNoNumber})
				}
			}
			synctest.Wait()
			switch first := p.firsts(); {
			case len(first) == 0:
				silent++
			case strings.HasPrefix(first[len(first)-1], "SIP/2.0 1"):
				t.Errorf("%s is left without an answer: %q", filepath.Base(file), first)
			}
		}
		if silent != 6 { // five responses, and a first line that is none
			t.Errorf("%d were met with silence", silent)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		c := w.edge.Stack().Counts()
		if c.Panics != 0 || c.Servers != 0 || w.edge.Legs() != 0 {
			t.Errorf("%d panics, %d transactions and %d legs are left", c.Panics, c.Servers, w.edge.Legs())
		}
		w.heard()
	})
}
