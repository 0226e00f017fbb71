package menu

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu/vt"
	"autocom/appliance/exchange/fact"
)

func TestWrongCodesArePausedInWords(t *testing.T) {
	p := well()
	o := p.options(t)
	path := quickCode(t, "48217730", "")
	synctestDoor(t, o, path, func(r *rig) {
		r.enter("11111111", "22222222")
		r.shows("Ce n’est pas le code")
		r.enter("33333333")
		r.shows("prochain essai dans 30 s")
		r.pass(12 * time.Second)
		r.shows("prochain essai dans 19 s")
		r.enter(rightCode) // not looked at
		r.hides("Choix")
		r.pass(19 * time.Second)
		r.hides("prochain essai")
		r.enter("f", "12", "hello") // no attempts
		r.enter(rightCode)
		r.shows("Choix [0-9]")
	})
}

// synctestDoor plays with a real code: it must be opened inside the bubble, since its pause is of the bubble's time.
func synctestDoor(t *testing.T, o Options, path string, play func(*rig)) {
	t.Helper()
	o.Door = &lateDoor{path: path}
	inBubble(t, o, play)
}

type lateDoor struct {
	path string
	code *Code
}

func (d *lateDoor) First() string { return "" }
func (d *lateDoor) Check(code string) (bool, time.Duration) {
	if d.code == nil {
		c, err := OpenCode(d.path)
		if err != nil {
			return false, time.Hour
		}
		d.code = c
	}
	return d.code.Check(code)
}

func TestBannerIsReadAgainAndKeepsWhatIsTyped(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode)
		r.types("7")
		p.box.mu.Lock()
		p.box.status.Calls = nil
		p.box.mu.Unlock()
		r.w.mu.Lock()
		for c := range vt.Columns { // noise on the terminal
			r.w.term.cells[1][c] = vt.Cell{R: '#', S: vt.Plain}
		}
		row, col := r.w.term.row, r.w.term.col
		r.w.mu.Unlock()
		r.pass(11 * time.Second)
		r.shows("aucun appel en cours", "Choix [0-9] : 7", "slot A confirmé")
		r.hides("####")
		if r.w.term.row != row || r.w.term.col != col {
			t.Errorf("the cursor moved from %d,%d to %d,%d", row, col, r.w.term.row, r.w.term.col)
		}
	})
}

func TestSessionClosesByItself(t *testing.T) {
	inBubble(t, well().options(t), func(r *rig) {
		r.enter(rightCode)
		r.pass(20 * time.Second)
		r.shows("fermeture dans 9 min 40")
		r.pass(9 * time.Minute)
		r.types("x")
		r.shows("fermeture dans 10 min")
		r.pass(9*time.Minute + 30*time.Second)
		r.shows("fermeture dans 30 s")
		r.pass(31 * time.Second)
		r.shows("Session fermée après 10 minutes", "Code :")
		r.hides("Toulouse", "Choix")
		r.enter(rightCode)
		r.types("\x04")
		r.shows("Session fermée.")
		r.enter(rightCode, "0")
		r.shows("Session fermée.")
	})
}

func TestTrialUndoneBySteward(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode, "1", "1", "dhcp", "", "", "", "1")
		r.shows("À l’essai", "GARDER")
		r.enter("oui", "q")
		r.shows("Taper GARDER")
		r.types("\x04") // the session drops, the trial goes on
		r.enter(rightCode, "1")
		r.shows("GARDER") // and is found again
		r.pass(62 * time.Second)
		r.shows("l’ancien réglage est revenu", "10.31.4.2/24")
		if got := strings.Join(p.steward.verbs, " "); got != "try" {
			t.Errorf("the steward was asked to %s", got)
		}
		r.enter("1", "10.31.4.20/24", "", "", "", "", "1", "r")
		r.shows("Retour à l’ancien réglage.")
		if got := strings.Join(p.steward.verbs, " "); got != "try try revert" {
			t.Errorf("the steward was asked to %s", got)
		}
	})
}

func TestNetworkFormRefusesInWords(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode, "1", "1")
		for _, bad := range []string{"10.31.4.2", "10.31.4.0/24", "10.31.4.255/24", "0.0.0.0/0", "300.1.1.1/8", "; reboot", "127.0.0.1/8", "224.0.0.1/4"} {
			r.enter(bad)
			r.shows("Il faut une adresse")
		}
		r.enter("192.168.7.10/24", "")
		r.shows("n’est pas dans le réseau 192.168.7.0/24")
		r.enter("192.168.7.1", "4095")
		r.shows("1 à 4094")
		r.enter("-", "-")
		r.shows("une à trois adresses")
		r.enter("192.168.7.1, 9.9.9.9", "$(x)")
		r.shows("un à quatre noms")
		r.enter("-")
		r.shows("Avant", "192.168.7.10/24", "192.168.7.1 9.9.9.9", "aucun")
		r.enter("q")
		r.shows("Rien n’a été changé")
		if len(p.steward.verbs) > 0 {
			t.Errorf("the steward was asked for %q", p.steward.verbs)
		}
	})
}

func TestRestartWantsItsWord(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode, "7")
		for _, n := range []string{"1", "2", "3", "4"} {
			r.enter(n, "oui", n, "", n, "q")
		}
		if len(p.steward.verbs) > 0 || len(p.box.asked) > 0 {
			t.Fatalf("without their words: %q, %v", p.steward.verbs, p.box.asked)
		}
		r.enter("1", "relancer", "2", "couper", "3", "redemarrer", "4", "POWEROFF")
		if got := strings.Join(p.steward.verbs, ", "); got != "restart media, reboot, poweroff" {
			t.Errorf("the steward was asked to %s", got)
		}
		if len(p.box.asked) != 1 || p.box.asked[0].Verb != console.VerbRestart {
			t.Errorf("the core was asked %v", p.box.asked)
		}
	})
}

func TestPartsThatAreNotThereSaySo(t *testing.T) {
	o := Options{Door: &fakeDoor{}, Serial: "X", Version: "1"}
	inBubble(t, o, func(r *rig) {
		r.enter(rightCode)
		r.shows("LE CŒUR NE RÉPOND PAS", "steward muet", "absente de ce boîtier")
		for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			r.enter(n)
			r.shows("!")
			if text := r.text(); !strings.Contains(text, "ne répond pas") && !strings.Contains(text, "absente") {
				t.Errorf("entry %s does not say why it is empty:\n%s", n, text)
			}
			r.enter("1", "1", "q", "q")
		}
	})
}

// deafBox takes a question and never answers it.
type deafBox struct{ *fakeBox }

func (deafBox) Status(ctx context.Context) (console.Status, error) {
	<-ctx.Done()
	return console.Status{}, ctx.Err()
}

func TestNothingIsDoneOnAStateNobodyRead(t *testing.T) {
	o := Options{Door: &fakeDoor{}, Box: deafBox{well().box}}
	inBubble(t, o, func(r *rig) {
		r.enter(rightCode)
		r.shows("lecture en cours")
		for n := range 8 {
			r.enter(string(rune('1'+n)), "1", "1", "x", "\x03", "\x03", "\x03")
			r.pass(2 * time.Second / 8)
		}
		r.pass(4 * time.Second)
		r.shows("LE CŒUR NE RÉPOND PAS")
	})
}

func TestGarbageIsSurvived(t *testing.T) {
	p := well()
	seed := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 40_000)
	for i := range noise {
		noise[i] = byte(seed.UintN(256))
		if noise[i] == 0x04 { // Ctrl-D would close the session, which is right
			noise[i] = 0xFF
		}
	}
	inBubble(t, p.options(t), func(r *rig) {
		r.types(string(noise))
		r.enter("")
		if p.door.tried > 0 {
			t.Errorf("noise counted as %d codes", p.door.tried)
		}
		r.pass(3 * time.Second)
		r.enter("\x15"+rightCode, "")
		r.types("\xff\x00\xfe7\r")
		r.shows("Caractères illisibles", "115200 8N1")
		r.enter(strings.Repeat("\x1b[", 3000))
		r.enter(strings.Repeat("7", 10_000))
		r.enter("") // what is left of it, if bytes were dropped
		r.hides("relancer")
		r.types("\x1b[A\x1bOB\x11\x13\x1b[200~7")
		r.shows("Choix [0-9] : 7")
		r.types("\r\n")
		r.shows("relancer le cœur") // arrows and XON change nothing
		r.pass(5 * time.Second)
		r.types(strings.Repeat("q\r\n9\r\n", 200))
		r.shows("Trop de lignes à la fois")
		if len(p.steward.verbs)+len(p.box.asked) > 0 {
			t.Errorf("noise did %q %v", p.steward.verbs, p.box.asked)
		}
	})
}

func TestStuckLineHoldsNothingUp(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode)
		gate := make(chan struct{})
		r.w.mu.Lock()
		r.w.stuck = gate // XOFF, and the kernel's buffer is full
		before := r.w.term.bytes
		r.w.mu.Unlock()
		r.enter("1")
		r.pass(5 * time.Minute)
		r.enter("q", "7")
		r.pass(4 * time.Minute)
		r.w.mu.Lock()
		r.w.stuck = nil
		r.w.mu.Unlock()
		close(gate)
		r.pass(time.Second)
		r.shows("relancer le cœur", "slot A confirmé")
		if more := r.w.term.bytes - before; more > 8000 {
			t.Errorf("%d bytes were kept for the stuck line: more than two screens", more)
		}
	})
}

func TestLiveLogs(t *testing.T) {
	p := well()
	inBubble(t, p.options(t), func(r *rig) {
		p.steward.coming = make(chan LogLine)
		r.enter(rightCode, "8", "1")
		r.shows("Aucune ligne")
		r.enter("s")
		p.steward.coming <- LogLine{At: opening(), Words: "evil \x1b[2J\x07 line \xff"}
		r.pass(time.Second)
		r.shows("10:42:08 evil ?[2J? line ?", "En direct")
		r.enter("q")
		r.hides("En direct")
		r.enter("q", "q")
		r.shows("Choix")
	})
}

func TestAlarmIsOver(t *testing.T) {
	p := ill()
	p.box.status.Trunks[0].Up = true
	p.box.status.Journal.Last.N = 3
	p.box.facts = append(p.box.facts, fact.Entry{
		Address: fact.Address{Stream: "box", Epoch: 1, N: 3}, At: fact.Moment{UTC: opening().Add(-time.Hour).UnixMilli()},
		Fact: fact.TrunkReachable{Trunk: p.box.status.Trunks[0].Name, Reachable: true},
	})
	inBubble(t, p.options(t), func(r *rig) {
		r.enter(rightCode)
		r.shows("revenue à 09:42")
	})
}

func TestLineLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		close(w.in)
		if err := Serve(t.Context(), w, well().options(t)); !errors.Is(err, ErrLine) {
			t.Errorf("Serve ends with %v", err)
		}
		if err := Serve(t.Context(), newWire(), Options{}); err == nil || errors.Is(err, ErrLine) {
			t.Errorf("without a door: %v", err)
		}
	})
}

// FuzzLine sends bytes to a line nobody has opened: whatever they are, nothing is asked of the box and the terminal stays whole.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"7\r3\rETEINDRE\r", "\xff\x00\r", "\x1b[\x1b]\x1bO", "0000000\r", "f\re\ra\r", "é\xc3\r", "\x04\x03\x0c\x15", strings.Repeat("1", 300) + "\r"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(in, []byte("4821")) {
			return
		}
		p := well()
		inBubble(t, p.options(t), func(r *rig) {
			r.types(string(in) + " ")
			if len(p.steward.verbs)+len(p.box.asked)+len(p.box.tests)+len(p.link.claims)+p.admin.given > 0 {
				t.Error("somebody without the code did something")
			}
			r.hides("Toulouse")
		})
	})
}
