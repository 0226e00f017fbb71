package appliance

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"autocom/appliance/console"
	"autocom/appliance/console/menu"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/steward"
	"autocom/appliance/wording"
	"autocom/hwio/netif"

	"github.com/creack/pty"
)

// screenTime bounds the wait for a screen.
const screenTime = 20 * time.Second

// glass is the installer's terminal: what 24 lines of 80 columns show after cursor moves (ESC [ r ; c H) and erasures (ESC [ 2 J).
type glass struct {
	mu       sync.Mutex
	cells    [24][80]rune
	row, col int
	rest     []byte
	news     chan struct{}
}

func newGlass() *glass {
	g := &glass{news: make(chan struct{}, 1)}
	g.erase()
	return g
}

func (g *glass) erase() {
	for r := range g.cells {
		for c := range g.cells[r] {
			g.cells[r][c] = ' '
		}
	}
}

func (g *glass) feed(p []byte) {
	g.mu.Lock()
	g.rest = append(g.rest, p...)
	for g.one() {
	}
	g.mu.Unlock()
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// one takes one letter or sequence; false when it is not whole yet.
func (g *glass) one() bool {
	switch b := g.rest; {
	case len(b) == 0:
		return false
	case b[0] == 0x1B:
		end := slices.IndexFunc(b[min(2, len(b)):], func(c byte) bool { return c >= '0' && c <= '9' && b[1] == '(' || c >= 0x40 })
		if len(b) < 3 || end < 0 {
			return false
		}
		if b[1] == '[' {
			g.sequence(string(b[2:2+end]), b[2+end])
		}
		g.rest = b[3+end:]
	case !utf8.FullRune(b):
		return false
	default:
		r, n := utf8.DecodeRune(b)
		if r >= ' ' && g.row < 24 && g.col < 80 {
			g.cells[g.row][g.col] = r
			g.col++
		}
		g.rest = b[n:]
	}
	return true
}

func (g *glass) sequence(args string, verb byte) {
	switch verb {
	case 'H':
		row, col, _ := strings.Cut(args, ";")
		g.row, _ = strconv.Atoi(row)
		g.col, _ = strconv.Atoi(col)
		g.row, g.col = max(g.row-1, 0), max(g.col-1, 0)
	case 'J':
		g.erase()
	}
}

func (g *glass) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b strings.Builder
	for _, line := range g.cells {
		b.WriteString(strings.TrimRight(string(line[:]), " ") + "\n")
	}
	return b.String()
}

// cable is the installer's end of a line whose other end has a name that stays when it is plugged in again.
type cable struct {
	t    *testing.T
	name string
	far  *os.File
	*glass
}

func (c *cable) plug() {
	c.t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	_ = os.Remove(c.name)
	if err := os.Symlink(near.Name(), c.name); err != nil {
		c.t.Fatal(err)
	}
	c.far = far
	go func() {
		// Our own hold on the near end keeps the pair alive until the box has opened it, and not longer: its end is what the box must notice.
		buf, held := make([]byte, 4096), true
		for {
			n, err := far.Read(buf)
			if held {
				held = false
				_ = near.Close()
			}
			if err != nil {
				return
			}
			c.feed(buf[:n])
		}
	}()
}

func (c *cable) pull() {
	c.t.Helper()
	if err := errors.Join(os.Remove(c.name), c.far.Close()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cable) enter(lines ...string) {
	c.t.Helper()
	for _, l := range lines {
		if _, err := c.far.WriteString(l + "\r"); err != nil {
			c.t.Fatal(err)
		}
	}
}

// shows waits until all the words are on the screen.
func (c *cable) shows(words ...string) {
	c.t.Helper()
	late := time.NewTimer(screenTime)
	defer late.Stop()
	for {
		text := c.text()
		missing := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains(text, w) })
		if len(missing) == 0 {
			return
		}
		select {
		case <-c.news:
		case <-late.C:
			c.t.Fatalf("the screen does not show %q:\n%s", missing, text)
		}
	}
}

// coreForMenu is a core that knows little.
type coreForMenu struct {
	console.Box
	mu       sync.Mutex
	link     console.LinkStatus
	enrolled []console.Enrolment
	refuse   error
}

func (b *coreForMenu) Status(context.Context) (console.Status, error) {
	return console.Status{
		Version: "1.2.3", Started: time.Now(), Site: console.SiteStatus{Name: "Agence de Brive"}, Journal: console.JournalStatus{Healthy: true}, Media: console.MediaStatus{Up: true},
		Trunks: []console.TrunkStatus{{Name: "Principale", Up: true, Channels: 4}},
	}, nil
}

func (b *coreForMenu) Facts(context.Context, fact.Address, bool, func(fact.Entry) bool) error {
	return nil
}

func (b *coreForMenu) Link(context.Context) (console.LinkStatus, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.link, nil
}

func (b *coreForMenu) Enrol(_ context.Context, e console.Enrolment) (console.LinkStatus, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enrolled = append(b.enrolled, e)
	if b.refuse != nil {
		return console.LinkStatus{}, b.refuse
	}
	if e.Claim != "0123-4567-89AB" {
		return console.LinkStatus{}, &console.LinkError{Code: "claim.unknown", Sentence: "no such claim", Remedy: "ask for a new one"}
	}
	b.link = console.LinkStatus{Enrolled: true, Server: e.Server, Site: "Agence de Brive", Up: true, Since: time.Now()}
	return b.link, nil
}

func (b *coreForMenu) AdminCode(context.Context, string) (console.AdminCode, error) {
	return console.AdminCode{Code: "K7QM-2P4X", Until: time.Now().Add(time.Hour)}, nil
}

// everythingAnswers is a network that is well.
type everythingAnswers struct{}

func (everythingAnswers) Gateway(context.Context, netip.Addr) error { return nil }
func (everythingAnswers) Server(context.Context, netip.Addr) error  { return nil }

// onTheLine starts a box without its telephony: a core of the menu's, a steward of a machine in memory, and the console on a pair of terminals.
func onTheLine(t *testing.T) (*cable, *coreForMenu, *steward.Fake, Layout) {
	t.Helper()
	dir := t.TempDir()
	l := Layout{Site: filepath.Join(dir, "site.yaml"), State: dir, Run: dir, Version: "1.2.3"}
	core := &coreForMenu{}
	commands, err := console.Serve(l.consoleSocket(), core, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	fake := steward.NewFake(steward.LogLine{At: time.Now(), Unit: steward.Core, Words: "le coeur est la", Cursor: "s=1"})
	links := &netif.Fake{State: netif.State{
		Interfaces: []netif.Interface{{Name: "eth0", Kind: netif.Wired, Up: true, Cable: true, Mbit: 1000, Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.20/24")}}},
		Gateways:   []netip.Addr{netip.MustParseAddr("192.168.1.1")}, DNS: []netip.Addr{netip.MustParseAddr("192.168.1.1")},
	}}
	warden, err := steward.Serve(l.StewardSocket(), steward.Options{
		State: l.StewardFolder(), Folder: t.TempDir(), Networkd: fake, Machine: fake, Clock: fake, Journal: fake, Probe: everythingAnswers{}, Links: links,
		Firmware: func() steward.Firmware { return steward.Firmware{Slot: "B", Trial: true} },
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{t: t, name: filepath.Join(dir, "line"), glass: newGlass()}
	c.plug()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- RunConsole(ctx, l, ConsoleOptions{Port: c.name, Product: "AUTOCOM AC2"}, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() {
		stop()
		err := <-done
		_ = c.far.Close() // a test may have pulled it
		if err := errors.Join(err, commands.Close(), warden.Close()); err != nil {
			t.Error(err)
		}
	})
	return c, core, fake, l
}

// drawnCode reads the code a box without one shows.
func (c *cable) drawnCode() string {
	c.t.Helper()
	c.shows("Premier démarrage", "Notez ce code")
	code := regexp.MustCompile(`\d{4} \d{4}`).FindString(c.text())
	if code == "" {
		c.t.Fatalf("no code:\n%s", c.text())
	}
	return code
}

func TestAnInstallerAttachesTheBox(t *testing.T) {
	c, core, _, _ := onTheLine(t)
	code := c.drawnCode()
	c.enter(code)
	c.shows("AUTOCOM AC2", "Agence de Brive", "1.2.3, slot B À L’ESSAI", "Principale inscrite", "192.168.1.20/24", "passerelle 192.168.1.1", "Code accepté")
	if strings.Contains(c.text(), code) {
		t.Error("the code is still shown")
	}

	// A bad line is nothing that is done.
	if _, err := c.far.Write([]byte{0xFF, 0xFE, 0x80, 0x00, 0xC3, 0x28, '7', '\r'}); err != nil {
		t.Fatal(err)
	}
	c.shows("Caractères illisibles", "Choix [0-9]")

	// Enrolment reaches the core, with a whole address, and a refusal has the menu's words.
	c.enter("5")
	c.shows("rattaché à aucune console")
	c.enter("1", "ma console", "0123-4567-89AB")
	c.shows("L’adresse de la console n’en est pas une")
	c.enter("1", "console.exemple.fr", "7777-7777-7777")
	c.shows("La console ne connaît pas ce code")
	c.enter("1", "", "0123-4567-89AB")
	c.shows("Boîtier rattaché", "console.exemple.fr")
	core.mu.Lock()
	if want := []console.Enrolment{{Server: "https://console.exemple.fr", Claim: "7777-7777-7777"}, {Server: "https://console.exemple.fr", Claim: "0123-4567-89AB"}}; !slices.Equal(core.enrolled, want) {
		t.Errorf("the core was asked %+v", core.enrolled)
	}
	core.mu.Unlock()
	c.enter("q", "6", "1")
	c.shows("K7QM-2P4X")
}

// Why the console cannot be had comes over the socket by its code and is told in French, with what shows it and its remedy, and nothing in English.
func TestAnInstallerReadsWhatKeepsTheLinkDown(t *testing.T) {
	c, core, _, _ := onTheLine(t)
	core.mu.Lock()
	core.link = console.LinkStatus{
		Enrolled: true, Server: "https://console.exemple.fr", Site: "Agence de Brive", Since: time.Now(), Code: "portal", Detail: "console.exemple.fr", Trouble: "something else answers in its place",
	}
	core.refuse = &console.LinkError{Code: "clock", Detail: "1970-01-01 00:04 UTC", Sentence: "the certificate is not valid at this time", Remedy: "set the clock"}
	core.mu.Unlock()
	c.enter(c.drawnCode())
	c.shows("Code accepté")
	c.enter("5")
	c.shows("portail d’accès", "(console.exemple.fr)", "Ouvrez l’accès du boîtier")
	core.mu.Lock()
	core.link = console.LinkStatus{}
	core.mu.Unlock()
	c.enter("!")
	c.shows("rattaché à aucune console")
	c.enter("1", "console.exemple.fr", "0123-4567-89AB")
	c.shows("L’heure du boîtier est fausse", "1970-01-01 00:04", "serveur de temps")
	if text := c.text(); strings.Contains(text, "certificate") || strings.Contains(text, "something") {
		t.Errorf("English on a French screen:\n%s", text)
	}
}

func TestAnInstallerSetsTheNetwork(t *testing.T) {
	c, _, fake, _ := onTheLine(t)
	c.enter(c.drawnCode())
	c.shows("192.168.1.20/24")
	c.enter("1")
	c.shows("1 Réseau", "192.168.1.20/24 (DHCP)")
	c.enter("1", "192.168.1.30/24", "", "", "", "")
	c.shows("À l’essai", "192.168.1.30/24")
	c.enter("1")
	c.shows("Sans réponse", "ok câble", "ok passerelle", "192.168.1.20/24")
	c.enter("garder")
	c.shows("Nouveau réglage gardé")
	if got := strings.Join(fake.Trail(), ", "); !strings.Contains(got, "reload") {
		t.Errorf("the machine saw %s", got)
	}

	// Logs, and a restart of the sound.
	c.enter("q", "8", "1")
	c.shows("le coeur est la")
	c.enter("q", "q", "7")
	c.shows("relancer le son")
	c.enter("2")
	c.shows("COUPER")
	c.enter("couper")
	c.shows("Demande transmise")
	if got := strings.Join(fake.Trail(), ", "); !strings.Contains(got, "restart autocom-media.service") {
		t.Errorf("the machine saw %s", got)
	}
}

func TestAPulledCableClosesTheSession(t *testing.T) {
	c, _, _, _ := onTheLine(t)
	code := c.drawnCode()
	c.enter(code)
	c.shows("Code accepté")
	c.pull()
	c.mu.Lock()
	c.erase()
	c.mu.Unlock()
	c.plug()
	c.shows("Tapez le code imprimé")
	c.enter(code)
	c.shows("Code accepté")
}

func TestWrongCodesPauseAndTheFactorySetsAnother(t *testing.T) {
	c, _, _, l := onTheLine(t)
	c.drawnCode()
	for _, wrong := range []string{"0000 0000", "0000 0001", "0000 0002"} {
		c.enter(wrong)
		c.shows("Vérification du code")
		c.shows("Ce n’est pas le code")
	}
	c.shows("Trop de codes faux : prochain essai dans")
	if _, err := SetConsoleCode(l.ConsoleFolder(), "1234-5678"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(l.ConsoleFolder(), codeFile))
	if err != nil || strings.Contains(string(text), "12345678") {
		t.Errorf("the file holds the code itself: %s, %v", text, err)
	}
	door := &codeDoor{path: filepath.Join(l.ConsoleFolder(), codeFile)}
	if door.code, err = menu.OpenCode(door.path); err != nil {
		t.Fatal(err)
	}
	if ok, _ := door.Check("12345678"); !ok {
		t.Error("the code of the factory is refused")
	}
	if drawn, err := SetConsoleCode(l.ConsoleFolder(), ""); err != nil || door.First() != drawn {
		t.Errorf("a console that runs shows %q, drawn %q, %v", door.First(), drawn, err)
	}
	if ok, _ := door.Check("12345678"); ok {
		t.Error("the code before is still taken")
	}
}

// Only who began a change can keep it; what began elsewhere is said so, in both languages.
func TestAChangeThatBeganElsewhere(t *testing.T) {
	_, _, _, l := onTheLine(t)
	client := steward.Dial(l.StewardSocket())
	defer client.Close()
	if _, err := client.TryNetwork(t.Context(), steward.Settings{Mode: steward.DHCP, VLAN: 7}); err != nil {
		t.Fatal(err)
	}
	p := &stewardPort{client: client}
	n, err := p.Network(t.Context())
	if err != nil || n.Trial == nil || n.Settings.VLAN != 7 || n.Trial.Left <= 0 || n.Trial.Whole != time.Minute || len(n.Trial.Checks) != 3 {
		t.Fatalf("%+v, %v", n, err)
	}
	var said *menu.Sentence
	if err := p.Keep(t.Context()); !errors.As(err, &said) || !strings.Contains(said.French, "commencé ailleurs") || !errors.Is(err, steward.ErrToken) {
		t.Errorf("err = %v", err)
	}
	if err := p.Revert(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Try(t.Context(), menu.NetworkSettings{Address: netip.MustParsePrefix("192.168.1.0/24")}); !errors.As(err, &said) || !strings.Contains(said.French, "nom du réseau") {
		t.Errorf("err = %v", err)
	}
	none := &stewardPort{client: steward.Dial(filepath.Join(t.TempDir(), "none"))}
	if _, err := none.Network(t.Context()); !errors.Is(err, menu.ErrAbsent) {
		t.Errorf("err = %v", err)
	}
}

// What DHCP gave is shown, and not written down as if somebody had typed it.
func TestWhatDHCPGaveIsNotTyped(t *testing.T) {
	n := steward.Network{Addresses: []string{"10.0.0.9/24"}, Gateways: []string{"fe80::1", "10.0.0.1"}, DNS: []string{"10.0.0.1"}}
	before := inForce(n, steward.Settings{Mode: steward.DHCP})
	if before.Address.String() != "10.0.0.9/24" || before.Gateway.String() != "10.0.0.1" || len(before.DNS) != 1 {
		t.Fatalf("%+v", before)
	}
	s := before
	s.VLAN = 12
	got := wanted(s, before, n.Settings)
	if got.Mode != steward.DHCP || got.Address != "" || got.Gateway != "" || got.DNS != nil || got.VLAN != 12 {
		t.Errorf("%+v", got)
	}
	s.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
	if got := wanted(s, before, n.Settings); len(got.DNS) != 1 {
		t.Errorf("%+v", got)
	}
}

// Everything the steward refuses has its words in both languages, nothing else has, and they fit one line of the screen behind its "Échec : ".
func TestEveryRefusalHasWordsThatFitItsLine(t *testing.T) {
	for _, code := range steward.Codes() {
		known, ok := wording.Refusal(code)
		if !ok {
			t.Errorf("%s has no words", code)
		}
		for _, words := range []wording.Words{known.French, known.English} {
			if n := utf8.RuneCountInString(words.Sentence); n == 0 || n > 66 || words.Remedy != "" {
				t.Errorf("%q has %d letters", words, n)
			}
		}
	}
	if n := len(wording.Refusals()); n != len(steward.Codes()) {
		t.Errorf("%d refusals have words, the steward has %d", n, len(steward.Codes()))
	}
}

// A box without pages says so in both languages, although the socket carries one.
func TestACodeForPagesThatAreNotThere(t *testing.T) {
	l := Layout{Run: t.TempDir()}
	s, err := console.Serve(l.consoleSocket(), pagelessCore{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client := console.Dial(l.consoleSocket())
	var said *menu.Sentence
	if _, _, err := (linkPort{client: client}).New(t.Context()); !errors.As(err, &said) || !strings.Contains(said.French, "network.web") {
		t.Errorf("err = %v", err)
	}
	client.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

type pagelessCore struct{ console.Box }

func (pagelessCore) AdminCode(context.Context, string) (console.AdminCode, error) {
	return console.AdminCode{}, errNoPage
}
