package peers

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
)

// A Scenario is a text of SIPp's own language and where it is played. SIPp calls, or waits to be called, as the text begins.
type Scenario struct {
	Text   string
	Listen netip.AddrPort // SIPp's own
	Box    netip.AddrPort
	TCP    bool   // one connection for everything (-t t1)
	To     string // [service] in the text
}

// Play plays a scenario once. The program ends well only when every message came in the order the text asks for.
func Play(dir string, s Scenario) (*Child, error) {
	path := filepath.Join(dir, "scenario.xml")
	if err := os.WriteFile(path, []byte(s.Text), 0o600); err != nil {
		return nil, err
	}
	transport := "u1"
	if s.TCP {
		transport = "t1"
	}
	args := []string{
		s.Box.String(), "-sf", path, "-t", transport, "-i", s.Listen.Addr().String(), "-p", strconv.Itoa(int(s.Listen.Port())),
		"-mi", s.Listen.Addr().String(), "-mp", "0", "-m", "1", "-nostdin", "-trace_err", "-error_file", filepath.Join(dir, "sipp-errors.log"),
		"-default_behaviors", "none", "-timeout", "60s", "-timeout_error",
	}
	if s.Listen.Addr().Is4() {
		args = append(args, "-bind_local")
	}
	if s.To != "" {
		args = append(args, "-s", s.To)
	}
	return start(dir, "sipp", args...)
}
