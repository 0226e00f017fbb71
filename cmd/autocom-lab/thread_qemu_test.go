//go:build thread

package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/relay"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/cloud"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/image/qemu"

	_ "modernc.org/sqlite"
)

// The thread through the whole product, long form: the firmware's image in a virtual machine, an installer on its serial line, an administrator
// in Chromium, a telephone and a carrier through forwarded ports, a bad line, and the plug pulled. Run by `make thread`, as root on Debian 12.

// emulated is how long the machine may take for what a real one does in seconds.
const emulated = 12 * time.Minute

// command runs a program of ours and ends the test when it fails.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// An administrator is a person at the console's page, in a real browser.
type administrator struct {
	t    *testing.T
	to   io.WriteCloser
	from *bufio.Reader
}

func sitDown(t *testing.T) *administrator {
	t.Helper()
	cmd := exec.Command("node", "e2e/live.mjs")
	cmd.Dir = "../../web/console"
	cmd.Stderr = os.Stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the administrator's browser: %v: `make web` brings what it needs", err)
	}
	t.Cleanup(func() {
		_ = to.Close()
		_ = cmd.Wait() // what failed was told line by line
	})
	return &administrator{t: t, to: to, from: bufio.NewReader(from)}
}

// do lets them do one thing and gives what they saw.
func (a *administrator) do(what string, with map[string]any) map[string]any {
	a.t.Helper()
	if with == nil {
		with = map[string]any{}
	}
	with["do"] = what
	text, err := json.Marshal(with)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.to.Write(append(text, '\n')); err != nil {
		a.t.Fatal(err)
	}
	answer, err := a.from.ReadBytes('\n')
	if err != nil {
		a.t.Fatalf("%s: the browser is gone: %v", what, err)
	}
	var saw map[string]any
	if err := json.Unmarshal(answer, &saw); err != nil || saw["ok"] != true {
		a.t.Fatalf("%s: %v %s", what, err, saw["why"])
	}
	return saw
}

// An installer is a person at the serial line.
type installer struct {
	t      *testing.T
	line   *qemu.Line
	screen *glass
}

// sees waits until the screen shows the pattern.
func (i installer) sees(pattern string) []string {
	i.t.Helper()
	wanted, anything := regexp.MustCompile(pattern), regexp.MustCompile(`(?s).+`)
	for end := time.Now().Add(emulated); ; {
		if found := wanted.FindStringSubmatch(i.screen.text()); found != nil {
			return found
		}
		said, err := i.line.WaitFor(anything, time.Until(end))
		if err != nil {
			i.t.Fatalf("the installer waits for %q: %v\n%s", pattern, err, i.screen.text())
		}
		i.screen.feed(said[0])
	}
}

func (i installer) types(text string) {
	i.t.Helper()
	if err := i.line.Send(text + "\r"); err != nil {
		i.t.Fatal(err)
	}
}

// freeTCP and the like are ports that nobody has now.
func freeTCP(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func freeUDP(t *testing.T, at string) netip.AddrPort {
	t.Helper()
	free, _, err := branch.FreePort(netip.AddrPortFrom(netip.MustParseAddr(at), 0))
	if err != nil {
		t.Fatal(err)
	}
	return free
}

// A product is everything a branch and its firm have.
type product struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // of the one test
	dir     string
	image   string
	cloud   *cloud.Cloud
	link    *relay.Line
	admin   *administrator
	site    string
	machine *qemu.Machine
	sip     netip.AddrPort
	branch  branch.Branch
	carrier *carrier.Carrier
}

// forwarded is the box's SIP on this machine. It is the port of the guest too: the box writes it into what it says (Contact), and whoever calls answers there.
var forwarded = netip.MustParseAddrPort("127.0.0.1:5060")

// guest is how the machine's inside calls this machine.
const guest = "10.0.2.2"

func (p *product) powerOn() {
	p.t.Helper()
	m, err := qemu.Start(p.ctx, qemu.Options{
		Disk: p.image, Dir: filepath.Join(p.dir, "qemu"), SIP: p.sip.String(), RTP: [2]int{p.branch.RTPFirst, p.branch.RTPLast}, Advertised: "127.0.0.1",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.machine = m
	started := time.Now()
	if _, err := m.Log().WaitFor(regexp.MustCompile(`autocom: READY`), emulated); err != nil {
		p.t.Fatalf("the firmware does not come up: %v\n%s", err, m.Log().All())
	}
	p.t.Logf("READY after %s", time.Since(started).Round(time.Second))
}

// told gives the test's log what somebody outside the box says.
func (p *product) told(who string) func(string) {
	return func(what string) {
		if p.ctx.Err() == nil {
			p.t.Log(who + ": " + what)
		}
	}
}

// phone registers the desk telephone of an extension through the forwarded port.
func (p *product) phone(number string) *phone.Phone {
	p.t.Helper()
	x, _ := p.branch.Phone(number)
	ph, err := phone.Open(netip.MustParseAddrPort("127.0.0.1:0"), p.sip, ua.Account{User: number, Secret: x.Secret}, phone.Manners{Known: netip.MustParseAddr(guest)}, p.told("telephone "+number))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := ph.Registered(p.ctx); err != nil {
		p.t.Fatal(err)
	}
	return ph
}

// talk lets somebody outside call, hears the telephone's tone, and hangs up. The telephone hears the caller's tone too.
func (p *product) talk() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 90*time.Second)
	defer cancel()
	l, err := p.carrier.Call("+33472000000", "0612345678", line.Options{Sound: line.Tone(440)})
	if err != nil {
		p.t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Wait(ctx, ua.Answered); err != nil {
		p.t.Fatal(err)
	}
	if _, err := l.Expect(ctx, branch.Tone("201")); err != nil {
		p.t.Fatalf("the caller does not hear the agent: %v; packets: %+v", err, l.Flow.Stats())
	}
	l.Call.HangUp()
}

// whole wants the console's database to hold the box's facts without a gap, each once.
func (p *product) whole() {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "console", "database", "cloud.db")+"?mode=ro")
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(p.ctx, "SELECT epoch, count(*), max(n), sum(kind = 'facts.lost') FROM facts GROUP BY stream, epoch ORDER BY epoch")
	if err != nil {
		p.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var epoch, count, last, lost int64
		if err := rows.Scan(&epoch, &count, &last, &lost); err != nil {
			p.t.Fatal(err)
		}
		p.t.Logf("epoch %d: %d facts, the last is number %d, %d holes told", epoch, count, last, lost)
		if count != last {
			p.t.Errorf("epoch %d has %d facts up to number %d", epoch, count, last)
		}
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
}

func TestThreadOfTheWholeProduct(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Minute)
	t.Cleanup(cancel)
	dir, err := os.MkdirTemp("", "at") // a socket's name has little room
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &product{t: t, ctx: ctx, dir: dir, image: filepath.Join(dir, "image", "autocom-amd64.img"), sip: forwarded}

	// The factory builds the image; the firm runs its console.
	bin := filepath.Join(dir, "bin") + "/"
	command(t, "go", "build", "-o", bin, "autocom/cmd/autocom-cloud", "autocom/cmd/autocom-image")
	began := time.Now()
	command(t, bin+"autocom-image", "build", "--out", filepath.Dir(p.image), "--firmware-version", "thread")
	t.Logf("image built in %s", time.Since(began).Round(time.Second))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	devices := freeTCP(t)
	p.link = relay.New(l, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", devices.String())
	})
	t.Cleanup(func() { _ = p.link.Close() })
	server := fmt.Sprintf("https://%s:%d", guest, p.link.Addr().(*net.TCPAddr).Port)
	if p.cloud, err = cloud.Start(ctx, bin+"autocom-cloud", filepath.Join(dir, "console"), freeTCP(t), devices, "--public-devices", server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cloud.Close()
		if t.Failed() {
			t.Log("the console's last words:\n" + p.cloud.LastWords())
		}
	})
	code, err := p.cloud.AddTenant(ctx, "Maison Verdier")
	if err != nil {
		t.Fatal(err)
	}

	// The administrator signs in for the first time and adds the box.
	p.admin = sitDown(t)
	p.admin.do("open", map[string]any{"url": p.cloud.Console})
	p.admin.do("setup", map[string]any{"code": code, "name": "Camille Verdier", "email": "camille@verdier.example", "password": cloud.Password()})
	added := p.admin.do("add", map[string]any{"name": "Toulouse"})
	p.site = fmt.Sprint(added["site"])
	if added["server"] != server {
		t.Fatalf("the console tells installers to type %v, not %s", added["server"], server)
	}

	// The installer plugs the box in, reads its first code, and types the claim code.
	p.branch = branch.Demo(netip.MustParseAddrPort("0.0.0.0:5060"), netip.AddrPortFrom(netip.MustParseAddr(guest), freeUDP(t, "127.0.0.1").Port()))
	p.branch.RTPFirst, p.branch.RTPLast, p.branch.MaxCalls, p.branch.Inside = 16384, 16447, 10, guest+"/32"
	p.branch.Network = []string{`advertised: "127.0.0.1"`}
	p.powerOn()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the machine's log:\n" + p.machine.Log().All())
		}
		_ = p.machine.PowerCut()
	})
	i := installer{t, p.machine.Console(), newGlass()}
	first := i.sees(`\s(\d{4}) (\d{4})\s`)
	i.types(first[1] + first[2])
	i.sees(`Choix`)
	i.types("5")
	i.sees(`rattacher, avec`)
	i.types("1")
	i.sees(`Adresse de la console`)
	i.types(server)
	i.sees(`Code de rattachement`)
	i.types(fmt.Sprint(added["claim"]))
	i.sees(`Boîtier rattaché`)

	// The administrator publishes; the telephone comes, and a customer calls.
	path, err := p.branch.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.admin.do("publish", map[string]any{"site": p.site, "text": string(text), "reason": "Premier document", "until": "Confirmée"})
	ph := p.phone("201")
	if p.carrier, err = carrier.OpenKnown(netip.MustParseAddr(guest), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), p.branch.Carrier.Port()), p.sip, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.carrier.Close)
	p.talk()
	p.admin.do("calls", map[string]any{"site": p.site, "count": 1})

	// The line to the console is cut, the branch goes on; then the plug is pulled on one side, and the other is killed.
	p.link.Cut()
	p.talk()
	time.Sleep(time.Second) // the journal commits within 50 ms: what the power cut takes is not the test's subject
	if err := p.machine.PowerCut(); err != nil && !errors.Is(err, qemu.ErrEnded) {
		t.Fatal(err)
	}
	ph.Close()
	p.cloud.Kill()
	p.powerOn()
	ph = p.phone("201")
	t.Cleanup(ph.Close)
	p.talk()
	if err := p.cloud.Run(ctx); err != nil {
		t.Fatal(err)
	}
	p.link.Restore()
	saw := p.admin.do("calls", map[string]any{"site": p.site, "count": 3})
	for _, row := range saw["calls"].([]any) {
		if !strings.Contains(fmt.Sprint(row), "Répondu") {
			t.Errorf("a call is %v, want Répondu", row)
		}
	}
	p.whole()
}
