//go:build interop

package main

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/carrier"

	"github.com/creack/pty"
)

// menuLine is the installer's menu of an office's box, on a pair of terminals.
type menuLine struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // of the one test that the line is for
	far *os.File

	mu     sync.Mutex
	screen *glass
	news   chan struct{}
}

// menu starts the box's own menu, as its unit does, and opens it with the code that the box drew.
func (o *office) menu() *menuLine {
	o.t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		o.t.Fatal(err)
	}
	m := &menuLine{t: o.t, ctx: o.ctx, far: far, screen: newGlass(), news: make(chan struct{}, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.screen.feed(string(buf[:n]))
			m.mu.Unlock()
			select {
			case m.news <- struct{}{}:
			default:
			}
		}
	}()
	cmd := exec.Command(program(o.t), "console", "--port", near.Name(), "--dir", o.dir, "--language", "fr")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			o.t.Errorf("the console: %v", err)
		}
		_ = near.Close()
		_ = far.Close()
		<-read
	})
	m.shows("Premier démarrage", "Notez ce code")
	m.enter(regexp.MustCompile(`\d{4} \d{4}`).FindString(m.text()))
	m.shows("Code accepté", "lab")
	return m
}

func (m *menuLine) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.screen.text()
}

func (m *menuLine) enter(lines ...string) {
	m.t.Helper()
	for _, l := range lines {
		if _, err := m.far.WriteString(l + "\r"); err != nil {
			m.t.Fatal(err)
		}
	}
}

// shows waits until all the words are on the screen, and returns it.
func (m *menuLine) shows(words ...string) string {
	m.t.Helper()
	return m.until(func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	}, words)
}

// until waits for a screen; words say which, when it does not come.
func (m *menuLine) until(is func(text string) bool, words []string) string {
	m.t.Helper()
	for {
		text := m.text()
		if is(text) {
			return text
		}
		select {
		case <-m.news:
		case <-m.ctx.Done():
			m.t.Fatalf("the screen does not show %q:\n%s", words, text)
		}
	}
}

// replies is a carrier that only answers: 200 to everything but INVITE, to which it says the status; 0: nothing at all.
func replies(t *testing.T, at netip.AddrPort, invite string) (stop func()) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			lines := strings.Split(string(buf[:n]), "\r\n")
			method, _, _ := strings.Cut(lines[0], " ")
			status := "200 OK"
			switch {
			case method == "ACK" || strings.HasPrefix(method, "SIP/"):
				continue
			case method == "INVITE":
				status = invite
			}
			if status == "" {
				continue
			}
			answer := "SIP/2.0 " + status + "\r\n"
			for _, l := range lines[1:] {
				name, _, _ := strings.Cut(l, ":")
				switch strings.ToLower(strings.TrimSpace(name)) {
				case "to", "t":
					if !strings.Contains(l, ";tag=") {
						l += ";tag=carrier"
					}
					answer += l + "\r\n"
				case "via", "v", "from", "f", "call-id", "i", "cseq":
					answer += l + "\r\n"
				}
			}
			_, _ = conn.WriteToUDPAddrPort([]byte(answer+"Content-Length: 0\r\n\r\n"), from)
		}
	}()
	return func() { _ = conn.Close(); <-done }
}

// The installer's test call, from the real menu through the real core to a carrier that answers, one that is busy, one that takes no call, and none.
func TestInteropMenuTestCallShowsWhatTheLineDoes(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 27, proven)
	m := o.menu()
	again := func() string { // until the proof before has come to its end
		t.Helper()
		for {
			m.enter("q", "1")
			m.until(func(text string) bool { // the menu paints from the top: what is below of the screen before must be gone
				return strings.Contains(text, "1  appeler le numéro") && !strings.Contains(text, "page suivante") && !strings.Contains(text, "défaut")
			}, []string{"1  appeler le numéro"})
			m.enter("1")
			text := m.until(func(text string) bool {
				return strings.Contains(text, "page suivante") && (strings.Contains(text, "La ligne a un défaut") || strings.Contains(text, "se termine"))
			}, []string{"La ligne a un défaut"})
			if !strings.Contains(text, "se termine") {
				return text
			}
			select {
			case <-time.After(300 * time.Millisecond):
			case <-o.ctx.Done():
				t.Fatal("the proof before never comes to its end")
			}
		}
	}
	m.enter("2")
	m.shows("2 Lignes", "1  lab")

	loop, err := carrier.OpenLoop(o.Carrier, o.SIP, []string{"+33472000000"}, carrier.Habits{})
	if err != nil {
		t.Fatal(err)
	}
	m.enter("1")
	m.shows("Appel d’essai", "1  appeler le numéro")
	m.enter("1")
	text := m.shows("La ligne est bonne", "7 contrôles sur 7")
	t.Log(text)
	loop.Close()

	for _, c := range []struct{ name, invite, says, does string }{
		{"busy", "486 Busy Here", "répond « occupé » (SIP 486)", "quand un canal est libre"},
		{"refusing", "403 Forbidden", "la ligne refuse l’appel (SIP 403)", "Comparez nom, mot de passe"},
		{"silent", "", "rien n’est arrivé à temps", "Vérifiez l’accès Internet"},
	} {
		stop := replies(t, o.Carrier, c.invite)
		text := again()
		for _, w := range []string{c.says, c.does, "non essayé"} {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the screen does not show %q:\n%s", c.name, w, text)
			}
		}
		t.Logf("%s:\n%s", c.name, text)
		for _, english := range []string{"the line", "called", "nothing came", "Look at"} {
			if strings.Contains(text, english) {
				t.Errorf("%s: English on a French screen: %q", c.name, english)
			}
		}
		stop()
	}
}
