package appliance

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/prompts"
)

// patience bounds the wait for something that must come.
const patience = 10 * time.Second

// serveMedia runs a media process's inside until the function it gives is called.
func serveMedia(t *testing.T, socket string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, over := make(chan struct{}), make(chan error, 1)
	go func() {
		over <- run.Serve(ctx, run.Config{Socket: socket, BindIP: "127.0.0.1", PortMin: 39000, PortMax: 39099, Shards: 1, Ready: func() { close(ready) }})
	}()
	select {
	case <-ready:
	case err := <-over:
		t.Fatal(err)
	}
	return func() {
		cancel()
		<-over
	}
}

// openDesk gives a sound desk on that socket, what it told the exchange, and the recordings it said are over.
func openDesk(t *testing.T, socket string) (d *soundDesk, told chan exchange.Input, over chan plan.RecordingID) {
	t.Helper()
	sounds, err := prompts.Open(filepath.Join(filepath.Dir(socket), "sounds"))
	if err != nil {
		t.Fatal(err)
	}
	told, over = make(chan exchange.Input, 16), make(chan plan.RecordingID, 16)
	d = newSoundDesk(sounds, french, slog.New(slog.DiscardHandler))
	d.tell = func(in exchange.Input) { told <- in }
	d.recorded = func(id plan.RecordingID, _ int64, _ string) { over <- id }
	d.note, d.lost, d.back = func(fact.Fact) {}, func(plan.LegID) {}, func() {}
	d.start(t.Context(), socket)
	t.Cleanup(d.close)
	select {
	case <-d.first:
	case <-time.After(patience):
		t.Fatal("the media process does not answer")
	}
	return d, told, over
}

// A core that starts again finds its ports and says nothing anew: a MediaRestarted would leave a gap in every recording.
func TestNextCoreFindsItsPorts(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "media.sock")
	defer serveMedia(t, socket)()
	first, _, _ := openDesk(t, socket)
	at, err := first.Open("i1-000001")
	if err != nil {
		t.Fatal(err)
	}
	first.close()

	next, told, _ := openDesk(t, socket)
	if again, err := next.Open("i1-000001"); err != nil || again != at {
		t.Fatalf("the port is %v now, %v; it was %v", again, err, at)
	}
	if _, err := next.client.Legs(); err != nil { // an answer: everything before it was taken
		t.Fatal(err)
	}
	next.mu.Lock()
	waits := next.settle != nil
	next.mu.Unlock()
	if waits || len(told) > 0 {
		t.Fatalf("the exchange is told of a restart that was none: %v", told)
	}
}

// After a crash the ports of the core before are closed, and not the one of a call that came while this core was starting.
func TestOnlyInheritedPortsAreClosed(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "media.sock")
	defer serveMedia(t, socket)()
	first, _, _ := openDesk(t, socket)
	for _, leg := range []plan.LegID{"i1-000001", "i1-000002"} {
		if _, err := first.Open(leg); err != nil {
			t.Fatal(err)
		}
	}
	first.close()

	next, _, _ := openDesk(t, socket)
	if _, err := next.Open("i2-000001"); err != nil {
		t.Fatal(err)
	}
	next.keepOnly([]plan.LegID{"i1-000002"})
	legs, err := next.client.Legs()
	if err != nil || len(legs) != 2 || legs[0].Leg != "i1-000002" || legs[1].Leg != "i2-000001" {
		t.Fatalf("open are %v, %v", legs, err)
	}
}

// A box that says it is ready can be heard: its last sound can be played.
func TestReadyMeansThatSoundsCanBePlayed(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "media.sock")
	defer serveMedia(t, socket)()
	d, told, _ := openDesk(t, socket)
	if _, err := d.Open("i1-000001"); err != nil {
		t.Fatal(err)
	}
	all := d.sounds.Sounds()
	if err := d.play(exchange.Play{Leg: "i1-000001", Sound: all[len(all)-1], Token: 7}); err != nil {
		t.Fatal(err)
	}
	d.stopPlay(exchange.StopPlay{Leg: "i1-000001", Token: 7})
	select {
	case in := <-told:
		if p, is := in.(exchange.PromptDone); !is || p.Token != 7 || p.Error != "" {
			t.Errorf("the exchange is told %T%+v", in, in)
		}
	case <-time.After(patience):
		t.Fatal("the sound has no end")
	}
}

// A media process that forgot our ports is another one: legs ask again, and the exchange says its plans again, once.
func TestMediaProcessThatForgotIsSetUpAgain(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "media.sock")
	stop := serveMedia(t, socket)
	d, told, over := openDesk(t, socket)
	if _, err := d.Open("i1-000001"); err != nil {
		t.Fatal(err)
	}
	back := make(chan struct{}, 4)
	d.back = func() {
		// However long the sounds take to load, no plan is said before the legs were asked.
		select {
		case in := <-told:
			t.Errorf("the exchange is told %T before the legs may ask", in)
		case <-time.After(2 * settleTime):
		}
		back <- struct{}{}
	}
	stop()
	defer serveMedia(t, socket)()
	select {
	case <-back:
	case <-time.After(patience):
		t.Fatal("legs are not asked to open their ports again")
	}
	if _, err := d.Open("i1-000001"); err != nil {
		t.Fatal(err)
	}
	select {
	case in := <-told:
		if _, is := in.(exchange.MediaRestarted); !is {
			t.Fatalf("the exchange is told %T", in)
		}
	case <-time.After(patience):
		t.Fatal("the exchange is not told")
	}
	// What the old process recorded has no other end than this.
	if err := d.client.StopRecording("r1"); err != nil {
		t.Fatal(err)
	}
	select {
	case id := <-over:
		if id != "r1" {
			t.Fatalf("recording %s is over", id)
		}
	case <-time.After(patience):
		t.Fatal("a recording of the old process never ends")
	}
}
