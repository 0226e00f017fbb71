package stack

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sipedge/stack/hop"

	"golang.org/x/sys/unix"
)

//nolint:gochecknoglobals // a flag of the test
var update = flag.Bool("update", false, "write docs/sip-torture.md")

// torture is what the box does with one message of RFC 4475. answer is the status on the wire, "silence", or "accepted": handed over to
// whoever answers it on its merits (the stack says 100 to an INVITE by itself).
type torture struct{ file, section, answer, why string }

// tortures is RFC 4475, message by message. The messages themselves are in sipgo's module.
func tortures() []torture {
	return []torture{
		{"wsinv", "3.1.1.1", "accepted", "white space, folds and lists wherever the grammar allows them"},
		{"intmeth", "3.1.1.2", "501", "well-formed, of a method nobody has; Allow says which there are"},
		{"esc01", "3.1.1.3", "accepted", "escapes that mean what they say"},
		{"escnull", "3.1.1.4", "accepted", "an escaped NUL in a URI ends nothing"},
		{"esc02", "3.1.1.5", "501", "% in a method is no escape: an unknown method"},
		{"lwsdisp", "3.1.1.6", "accepted", "no blank between name and <"},
		{"longreq", "3.1.1.7", "accepted", "long values and 34 Vias"},
		{"dblreq", "3.1.1.8", "accepted", "what follows the body in a datagram is ignored: one request, one answer"},
		{"semiuri", "3.1.1.9", "accepted", "a semicolon in the user part"},
		{"transports", "3.1.1.10", "accepted", "unknown transports in the lower Vias are the proxies' matter"},
		{"mpart01", "3.1.1.11", "accepted", "a body in parts; what becomes of a MESSAGE is decided above"},
		{"unreason", "3.1.1.12", "silence", "a response to nothing"},
		{"noreason", "3.1.1.13", "silence", "a response to nothing"},
		{"badinv01", "3.1.2.1", "400", "separators without anything between them"},
		{"clerr", "3.1.2.2", "400", "a datagram shorter than its Content-Length"},
		{"ncl", "3.1.2.3", "400", "a negative Content-Length"},
		{"scalar02", "3.1.2.4", "400", "CSeq above 2**31-1"},
		{"scalarlg", "3.1.2.5", "silence", "a response is never answered"},
		{"quotbal", "3.1.2.6", "400", "a quoted string without an end"},
		{"ltgtruri", "3.1.2.7", "400", "< and > around the Request-URI"},
		{"lwsruri", "3.1.2.8", "400", "white space in the Request-URI"},
		{"lwsstart", "3.1.2.9", "400", "two blanks in the request line; repairing it would hide a broken sender"},
		{"trws", "3.1.2.10", "400", "white space at the end of the request line"},
		{"escruri", "3.1.2.11", "400", "headers in the Request-URI"},
		{"baddate", "3.1.2.12", "accepted", "Date is not used here, so that a wrong one costs nobody his call"},
		{"regbadct", "3.1.2.13", "400", "a Contact with ? that lacks < and >"},
		{"badaspec", "3.1.2.14", "400", "white space within < and >"},
		{"baddn", "3.1.2.15", "400", "a comma in a name without quotes"},
		{"badvers", "3.1.2.16", "505", "SIP/7.0"},
		{"mismatch01", "3.1.2.17", "400", "the CSeq names another method"},
		{"mismatch02", "3.1.2.18", "501", "so does this one, but the method is unknown and the RFC prefers 501"},
		{"bigcode", "3.1.2.19", "silence", "a response with status 4294967301"},
		{"badbranch", "3.2.1", "accepted", "a branch with nothing after its cookie is matched as RFC 2543 had it"},
		{"insuf", "3.3.1", "400", "no Call-ID, From and To; the answer repeats what there is"},
		{"unkscm", "3.3.2", "416", "a Request-URI of an unknown scheme"},
		{"novelsc", "3.3.3", "416", "a Request-URI of a scheme that is none of ours"},
		{"unksm2", "3.3.4", "accepted", "schemes in To, From and Contact: the registrar asks for a password first, and says no then"},
		{"bext01", "3.3.5", "420", "Require; Unsupported lists both and leaves Proxy-Require alone"},
		{"invut", "3.3.6", "415", "a body of an unknown type; Accept says which there are"},
		{"regaut01", "3.3.7", "accepted", "credentials of an unknown scheme are none: the registrar challenges"},
		{"multi01", "3.3.8", "400", "headers twice that may come once"},
		{"mcl01", "3.3.9", "400", "two Content-Lengths"},
		{"bcast", "3.3.10", "silence", "a response with two Vias is for somebody else; nothing is sent to 255.255.255.255"},
		{"zeromf", "3.3.11", "accepted", "an OPTIONS that may go no further is answered here"},
		{"cparam01", "3.3.12", "accepted", "an unknown Contact parameter"},
		{"cparam02", "3.3.13", "accepted", "an unknown URI parameter"},
		{"regescrt", "3.3.14", "accepted", "an escaped header in a Contact within < and >"},
		{"sdp01", "3.3.15", "406", "an Accept without SDP leaves no way to answer"},
		{"inv2543", "3.4.1", "accepted", "no branch, no From tag, no Contact, no Content-Length: an old phone calls"},
		{"test", "-", "silence", "in sipgo's set, not in the RFC: a first line without a version is not taken for SIP"},
	}
}

// response reports whether the message is one.
func (c torture) response() bool {
	return slices.Contains([]string{"unreason", "noreason", "scalarlg", "bigcode", "bcast"}, c.file)
}

// tortureDir is where sipgo keeps the messages.
func tortureDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("AUTOCOM_TORTURE"); dir != "" {
		return dir
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture")
}

func tortureText(t *testing.T, dir, file string) string {
	t.Helper()
	for _, kind := range []string{"valid", "invalid"} {
		data, err := os.ReadFile(filepath.Join(dir, kind, file+".dat"))
		if err == nil {
			if file == "baddn" && !bytes.Contains(data, []byte("\r\n\r\n")) {
				data = append(data, "\r\n"...) // the file lacks it and is to fail for its own reason
			}
			return string(data)
		}
	}
	t.Fatalf("no message %s in %s", file, dir)
	return ""
}

// sentBy finds the address in a Via.
var sentByPattern = regexp.MustCompile(`(?i)(\r\n(?:via|v)[ \t]*:\s*SIP\s*/\s*[0-9.]+\s*/\s*[A-Z]+\s+)[^\s;,]+`)

// localised puts an address into the topmost Via: answers then go to the peer, and nowhere else.
func localised(text string, to fmt.Stringer) string {
	at := sentByPattern.FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	return text[:at[3]] + to.String() + text[at[1]:]
}

// told sends one message and then an OPTIONS, and gives the first lines and the text of what came back before the answer to that.
func told(t *testing.T, w *wire, text string, n int) (first []string, all string) {
	t.Helper()
	w.send(text)
	mark := fmt.Sprintf("mark%d", n)
	w.send(localised(request("OPTIONS", mark, mark, 1), w.conn.LocalAddr()))
	for {
		m := w.read(5 * time.Second)
		if m == "" {
			t.Fatal("the box fell silent")
		}
		if strings.Contains(m, "Call-ID: "+mark) {
			return first, all
		}
		line, _, _ := strings.Cut(m, "\r\n")
		first, all = append(first, line), all+m
	}
}

// answering is a sink that answers everything but an INVITE.
func answering(t *testing.T) *recorder {
	sink := &recorder{}
	sink.onRequest = func(q *Request) {
		if !q.IsInvite() && !q.IsAck() {
			if err := q.Respond(200, "", nil, nil); err != nil {
				t.Error(err)
			}
		}
	}
	return sink
}

// torment plays all messages and compares what comes back. Each comes from a port of its own: many have the same branch, and only the
// address in the Via tells their transactions apart (RFC 3261 §17.2.3).
func torment(t *testing.T, open func(port int) *wire, sink *recorder, dir string) {
	for n, c := range tortures() {
		w := open(5070 + n)
		box, ok := hop.Of(w.box)
		if !ok {
			t.Fatal(w.box)
		}
		text := tortureText(t, dir, c.file)
		to := fmt.Stringer(w.conn.LocalAddr())
		if c.response() {
			to = box
		}
		before := len(sink.methods())
		first, all := told(t, w, localised(text, to), n)
		delivered := len(sink.methods()) - before - 1
		want, handed := "SIP/2.0 "+c.answer+" ", 0
		if c.answer == "accepted" {
			want, handed = "SIP/2.0 200 ", 1
			if strings.HasPrefix(text, "INVITE") {
				want = "SIP/2.0 100 "
			}
		}
		switch {
		case c.answer == "silence" && len(first) == 0:
		case len(first) == 1 && strings.HasPrefix(first[0], want):
		default:
			t.Errorf("%s (RFC 4475 §%s): %s is owed, because: %s; got %q", c.file, c.section, c.answer, c.why, first)
		}
		if delivered != handed {
			t.Errorf("%s (RFC 4475 §%s): handed over %d times, want %d", c.file, c.section, delivered, handed)
		}
		for _, must := range map[string][]string{
			"bext01":  {"Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"},
			"invut":   {"Accept: application/sdp"},
			"sdp01":   {"Accept: application/sdp"},
			"intmeth": {"Allow: INVITE", "NUL:\\\x00"},
			"wsinv":   {"192.168.255.111;branch=z9hG4bK30239", "spindle.example.com"},
			"insuf":   {"CSeq: 193942 INVITE"},
			"longreq": {"sip1.example.com", "host.example.com;received=192.0.2.5"},
		}[c.file] {
			if !strings.Contains(all, must) {
				t.Errorf("%s: the answer lacks %q:\n%s", c.file, must, all)
			}
		}
		if err := w.conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTortureTableIsComplete_RFC4475(t *testing.T) {
	var want, got []string
	for _, kind := range []string{"valid", "invalid"} {
		files, err := filepath.Glob(filepath.Join(tortureDir(t), kind, "*.dat"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			want = append(want, strings.TrimSuffix(filepath.Base(f), ".dat"))
		}
	}
	for _, c := range tortures() {
		got = append(got, c.file)
	}
	slices.Sort(want)
	slices.Sort(got)
	equal(t, "messages", got, want)
	equal(t, "how many", len(got), 50)
}

// The messages over memory, with nothing of the kernel in between.
func TestTorture_RFC4475(t *testing.T) {
	dir := tortureDir(t)
	synctest.Test(t, func(t *testing.T) {
		sink := answering(t)
		r := newRig(t, func(c *Config) { c.Sink = sink })
		torment(t, func(port int) *wire {
			return &wire{t: t, conn: r.net.Listen(fmt.Sprintf("192.0.2.10:%d", port)), box: r.peer.box}
		}, sink, dir)
		equal(t, "panics", r.stack.Counts().Panics, uint64(0))
	})
}

// The messages over real UDP, in a network namespace that holds nothing but its own loopback: they name hosts of other people.
func TestTortureOnTheWire_RFC4475(t *testing.T) {
	const inside = "AUTOCOM_TORTURE"
	if os.Getenv(inside) != "" {
		tortureInside(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTortureOnTheWire_RFC4475$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), inside+"="+tortureDir(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil && bytes.Contains(out, []byte("50 messages in a namespace of their own")):
	case os.Getenv("AUTOCOM_NO_NAMESPACE") != "":
		t.Logf("not played over UDP: AUTOCOM_NO_NAMESPACE says that this machine allows no network namespaces (%v)", err)
	default:
		t.Errorf("the messages of RFC 4475 are played in a network namespace of their own; it failed, or this machine allows none "+
			"(then say so with AUTOCOM_NO_NAMESPACE=1): %v\n%s", err, out)
	}
}

func tortureInside(t *testing.T) {
	if err := loopbackUp(); err != nil {
		t.Fatal(err)
	}
	cards, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cards {
		if c.Flags&net.FlagLoopback == 0 && c.Flags&net.FlagUp != 0 {
			t.Fatalf("%s is here: this is no namespace of our own", c.Name)
		}
	}
	sink := answering(t)
	s, err := New(config(sink, &strings.Builder{}))
	if err != nil {
		t.Fatal(err)
	}
	local, err := s.Listen(UDP(netip.MustParseAddrPort("127.0.0.1:5060")), netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	torment(t, func(port int) *wire {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		return &wire{t: t, conn: conn, box: net.UDPAddrFromAddrPort(local)}
	}, sink, tortureDir(t))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		fmt.Printf("%d messages in a namespace of their own\n", len(tortures()))
	}
}

// loopbackUp brings lo up, which is down in a fresh namespace.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
		return err
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

//go:generate go test -run ^TestTortureTableIsWrittenDown$ -update .

func TestTortureTableIsWrittenDown(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What the box does with the torture messages of RFC 4475\n\n" +
		"Written by `go generate ./appliance/sipedge/stack`; the same table is played to the box in memory and over UDP by its tests.\n" +
		"*accepted*: handed over to the call, the registrar or the presence server, which answers on the merits (an INVITE gets 100 at once).\n\n" +
		"| Message | RFC 4475 § | Outcome | Why |\n|---|---|---|---|\n")
	for _, c := range tortures() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.file, c.section, c.answer, c.why)
	}
	path := filepath.Join("..", "..", "..", "docs", "sip-torture.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != b.String() {
		t.Errorf("%s is out of date (%v): go generate ./appliance/sipedge/stack", path, err)
	}
}
