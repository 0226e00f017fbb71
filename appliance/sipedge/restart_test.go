package sipedge

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
)

func ledgerIn(t *testing.T, dir string) *leg.Book {
	t.Helper()
	b, err := leg.OpenBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tear leaves the beginning of a line at the end of a ledger.
func tear(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(data, `{"v":1,"leg":"i3`...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlannedRestartKeepsBothLegs(t *testing.T) {
	dir := t.TempDir()
	inSeededWorld(t, 1, func(c *Config) {
		c.Ledger = ledgerIn(t, filepath.Join(dir, "legs"))
		c.Bindings = filepath.Join(dir, "phones")
	}, func(w *world) {
		carrier, phone := w.peer(carrierAddr), w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 600)
		w.heard()
		c, in := w.up(carrier, "kept")
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345678"}})
		inv := phone.next("INVITE")
		phone.reply(inv, "200 OK", "p", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
		phone.next("ACK")
		w.expect(exchange.LegAnswered{Leg: "o3-1"})

		states := w.edge.Freeze()
		if err := w.edge.Close(); err != nil {
			t.Fatal(err)
		}
		if len(states) != 2 {
			t.Fatalf("%d dialogs frozen", len(states))
		}
		var written []*leg.State
		for _, s := range states { // as it goes from process to process
			data, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			back, err := leg.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			written = append(written, back)
		}
		e, err := New(w.cfg, site())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Serve(w.net.Listen(boxAddr), netipZero()); err != nil {
			t.Fatal(err)
		}
		w.edge = e
		if lost := e.Resume(written); len(lost) != 0 {
			t.Fatalf("lost %v", lost)
		}
		if ended, err := e.Orphans(); len(ended) != 0 || err != nil {
			t.Fatalf("ended %v: %v", ended, err)
		}
		e.Start()
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1}, exchange.TrunkReachable{Trunk: "carrier", Reachable: true})
		carrier.none("INVITE")
		phone.none("INVITE")

		// Hold, from both sides.
		c.request("INVITE", sdpText("198.51.100.9", 2, "sendonly", "8"))
		if r := carrier.next("SIP/2.0 200"); !strings.Contains(r.body, "a=recvonly") || !strings.HasSuffix(lineOf(r.body, "o="), " 2 IN IP4 192.0.2.1") {
			t.Error(r.raw)
		}
		c.ack()
		w.expect(exchange.LegHeld{Leg: in, Held: true})
		hold := &call{p: phone, id: inv.get("Call-ID"), from: inv.get("To") + ";tag=p", to: inv.get("From"), uri: strings.Trim(inv.get("Contact"), "<>")}
		hold.request("INVITE", sdpText("192.0.2.20", 2, "inactive", "8"))
		phone.next("SIP/2.0 200")
		hold.ack()
		w.expect(exchange.LegHeld{Leg: "o3-1", Held: true})

		// A new call does not take an old name.
		n := carrier.call("fresh", "sip:0612345678@x", "+33140506070")
		n.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		if o := w.offered(); o.Leg == in {
			t.Errorf("the name %s is used twice", o.Leg)
		}
		// Hang up.
		c.request("BYE")
		w.expect(exchange.LegEnded{Leg: in, Cause: exchange.EndedByPeer})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		bye := phone.next("BYE")
		if bye.get("CSeq") != "2 BYE" || bye.tag("To") != "p" {
			t.Error(bye.raw)
		}
		phone.reply(bye, "200 OK", "")
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
	})
}

func TestCrashEndsOrphans(t *testing.T) {
	dir := t.TempDir()
	inSeededWorld(t, 1, func(c *Config) { c.Ledger = ledgerIn(t, dir) }, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, _ := w.up(carrier, "orphan")
		w.ring("o3-7", "+33612345678")
		inv := carrier.next("INVITE")
		carrier.reply(inv, "180 Ringing", "r")
		w.heard()
		// The process dies: no goroutine says goodbye.
		if err := w.edge.Close(); err != nil {
			t.Fatal(err)
		}
		tear(t, filepath.Join(dir, "ledger"))
		w.cfg.Ledger = ledgerIn(t, dir)
		e, err := New(w.cfg, site())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Serve(w.net.Listen(boxAddr), netipZero()); err != nil {
			t.Fatal(err)
		}
		w.edge = e
		ended, err := e.Orphans()
		if len(ended) != 2 || err == nil || !strings.Contains(err.Error(), "torn") {
			t.Errorf("ended %v: %v", ended, err)
		}
		e.Start()
		synctest.Wait()
		bye := carrier.next("BYE")
		if bye.get("CSeq") != "17 BYE" || bye.get("Call-ID") != c.id || bye.get("To") != c.from || bye.get("From") != c.to {
			t.Error(bye.raw)
		}
		carrier.reply(bye, "200 OK", "")
		cancel := carrier.next("CANCEL")
		if cancel.get("Via") != inv.get("Via") || cancel.get("Call-ID") != inv.get("Call-ID") {
			t.Error(cancel.raw)
		}
		carrier.reply(cancel, "200 OK", "r")
		if again, err := e.Orphans(); len(again) != 0 || err != nil {
			t.Errorf("not struck from the ledger: %v %v", again, err)
		}
	})
}

func TestLedgerHoldsOnlyWhatLives(t *testing.T) {
	dir := t.TempDir()
	inSeededWorld(t, 1, func(c *Config) { c.Ledger = ledgerIn(t, dir) }, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, id := w.up(carrier, "short")
		info, err := os.Stat(filepath.Join(dir, "ledger"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v %v", info, err)
		}
		data, _ := os.ReadFile(filepath.Join(dir, "ledger"))
		if !strings.Contains(string(data), string(id)) || strings.Contains(string(data), "let me through") {
			t.Errorf("the leg is not in the ledger, or a password is: %s", data)
		}
		c.request("BYE")
		w.heard()
		if left, _ := os.ReadFile(filepath.Join(dir, "ledger")); len(left) != 0 {
			t.Errorf("left: %s", left)
		}
	})
}

// Two boxes call each other over wires that lose, delay, reorder and repeat: whatever happens, both sides come to know the end, and nothing is
// left behind.
func TestLossReorderAndRepetition(t *testing.T) {
	for seed := range uint64(40) {
		inSeededWorld(t, seed, nil, func(w *world) {
			far := &world{t: t, net: w.net, ports: newPorts()}
			far.cfg = w.cfg
			far.cfg.Tell, far.cfg.Ports = far.tell, far.ports
			s := site()
			s.Trunks[0].Sources = s.Trunks[0].Sources[:0:0]
			s.Trunks[0].Sources = append(s.Trunks[0].Sources, prefix("192.0.2.0/24"))
			e, err := New(far.cfg, s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Serve(w.net.Listen(carrierAddr), netipZero()); err != nil {
				t.Fatal(err)
			}
			far.edge = e
			e.Start()
			defer e.Close()
			far.heard()
			w.net.ImpairAll(impaired(seed))

			const calls = 5
			ends := map[plan.LegID]int{}
			answered := 0
			for i := range calls {
				w.ring(plan.LegID("o3-"+string(rune('a'+i))), "+33612345678")
			}
			for range 1200 {
				for _, in := range far.heard() {
					switch in := in.(type) {
					case exchange.LegOffered:
						far.edge.Progress(exchange.Progress{Leg: in.Leg})
						far.edge.Answer(exchange.Answer{Leg: in.Leg})
					case exchange.LegEnded:
						ends["far "+in.Leg]++
					}
				}
				for _, in := range w.heard() {
					switch in := in.(type) {
					case exchange.LegAnswered:
						answered++
						w.edge.HangUp(exchange.HangUp{Leg: in.Leg})
					case exchange.LegEnded:
						ends[in.Leg]++
					case exchange.LegRefused:
						ends[in.Leg]++
					}
				}
				time.Sleep(100 * time.Millisecond)
			}
			if w.edge.Legs() != 0 || far.edge.Legs() != 0 || w.ports.count() != 0 || far.ports.count() != 0 {
				t.Errorf("seed %d: %d and %d legs, %d and %d ports left", seed, w.edge.Legs(), far.edge.Legs(), w.ports.count(), far.ports.count())
			}
			for id, n := range ends {
				if n != 1 {
					t.Errorf("seed %d: %s ended %d times", seed, id, n)
				}
			}
			near := 0
			for id := range ends {
				if !strings.HasPrefix(string(id), "far ") {
					near++
				}
			}
			if near != calls {
				t.Errorf("seed %d: %d of %d legs ended: %v", seed, near, calls, ends)
			}
			if answered == 0 {
				t.Errorf("seed %d: not one call got through", seed)
			}
		})
	}
}

// A core that is killed closes nothing: whoever registered before can still be called.
func TestAPhoneIsRememberedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phones")
	inSeededWorld(t, 1, func(c *Config) { c.Bindings = path }, func(w *world) {
		phone := w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 600)
		w.heard()
		time.Sleep(2 * phonesTogether) // of fake time
		got, err := readBindings(path)
		if err != nil || len(got["201"]) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}
