//go:build interop

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/rtpflow"
)

// FEATURES §6: a supervisor who listens is heard by nobody; one who whispers is heard by the agent, and is absent at the caller and in the recording.
func TestInteropStorySupervisorListensThenWhispers(t *testing.T) {
	t.Parallel()
	c := callCentre(t, 3, 1, func(b *branch.Branch) {
		b.Queues[0].Record = true
		b.More += "supervisors:\n  - {id: sam, name: Sam, queues: [rouge], rights: [listen, whisper]}\n"
	})
	ana, sam := c.soft(0, false), c.apparatusAt(2)
	caller := c.visits(serviceNumber, "0612345678", visitorHz)
	c.talk("the caller", caller, visitorHz, "ana", ana, voice(0))
	c.order("call", "supervise", "sam", agent(0), "listen", "--extension", desk(2))
	listening := sam.lifts()
	c.mixed("the supervisor who listens", listening.Flow, visitorHz, voice(0))
	c.goesOn("ana, listened to,", ana, visitorHz, time.Second)
	c.goesOn("the caller, listened to,", caller, voice(0), time.Second)
	c.order("call", "supervise", "sam", agent(0), "whisper")
	c.mixed("ana, whispered to,", ana, visitorHz, voice(2))
	c.goesOn("the caller during the whisper", caller, voice(0), 1500*time.Millisecond)
	said, _ := caller.Heard(1500 * time.Millisecond)
	if l := loudest(said, voice(2)); l > -50 {
		t.Errorf("the whisper reaches the caller at %.0f dBm0: %s", l, parts(said))
	}
	c.mixed("the supervisor who whispers", listening.Flow, visitorHz, voice(0))
	c.order("call", "supervise", "sam", agent(0), "stop")
	c.over("the supervisor", listening)
	c.alone("ana, alone with the caller again,", ana, visitorHz)
	ana.does("hangup", "")
	c.leaves(caller)
	fs := c.until("the recording", func(fs facts) bool { return len(fs.of("recording.ended")) == 1 && len(fs.of("call.ended")) == 1 })
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "answered")
	c.recorded(ended, visitorHz, voice(0))
	c.unrecorded(voice(2))
}

// unrecorded wants a tone to be nowhere in the only recording.
func (c *centre) unrecorded(hz float64) {
	c.t.Helper()
	all := decoded[[]struct {
		ID string `json:"id"`
	}](c.t, c.order("recordings", "list", "--json"))
	if len(all) != 1 {
		c.t.Fatalf("%d recordings", len(all))
	}
	path := filepath.Join(c.t.TempDir(), "call.wav")
	c.order("recordings", "export", all[0].ID, path)
	f, err := os.Open(path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for i, side := range stereo(c.t, f) {
		if l := loudest(side, hz); l > -50 {
			c.t.Errorf("%.0f Hz is in channel %d of the recording at %.0f dBm0", hz, i, l)
		}
		if len(side) < 3*8000 || rtpflow.Analyse(side[len(side)/2:][:hearing]).Silent() {
			c.t.Errorf("channel %d of the recording holds nothing: %d samples", i, len(side))
		}
	}
}
