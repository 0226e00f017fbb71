package appliance

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
	"autocom/appliance/media/run"
	"autocom/appliance/prompts"
	"autocom/appliance/recording"
	"autocom/appliance/site"
	"autocom/appliance/voicemail"
	"autocom/dsp/wav"
	"autocom/hwio/disk"
)

// recordingBox is the parts of a core that record, with a media process in this one.
func recordingBox(t *testing.T, change func(doc string) string) (*core, *disk.Fake) {
	t.Helper()
	c, fake, _ := restartable(t, change)
	return c, fake
}

// restartable is a recordingBox whose media process can be started again: restart returns when another is there.
func restartable(t *testing.T, change func(doc string) string) (c *core, fake *disk.Fake, restart func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rec") //nolint:usetesting // short: a socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	example, err := os.ReadFile("../site.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if change == nil {
		change = func(doc string) string { return doc }
	}
	l := Layout{Site: filepath.Join(dir, "site.yaml"), State: filepath.Join(dir, "state"), Run: filepath.Join(dir, "run")}
	fake = &disk.Fake{States: map[string]disk.State{l.State: {Free: 1 << 40, Total: 1 << 41}}}
	c = &core{
		layout: l, log: slog.New(slog.DiscardHandler), extras: Extras{Disks: fake}, warnings: map[string]warning{},
		pending: map[exchange.RequestID]chan exchange.Reply{},
	}
	c.side = newSide(c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(errors.Join(l.make(), os.WriteFile(l.Site, []byte(change(string(example))), 0o600)))
	c.clock, err = newClock()
	must(err)
	c.judged.Store(newCalendar(l.calendar(), c.clock.now, func() bool { return true }, time.Time{}, c.log))
	c.sounds, err = prompts.Open(l.sounds())
	must(err)
	c.keeper, c.lastGood, err = loadSite(l, func(*site.Document) error { return nil })
	must(errors.Join(err, c.lastGood))
	c.journal, err = journal.Open(t.Context(), l.journal(), "box", c.clock.now(), journal.Options{})
	must(err)
	c.archive, err = recording.OpenArchive(t.Context(), l.recordings())
	must(err)
	c.boxes, err = voicemail.OpenBoxes(t.Context(), l.voicemail())
	must(err)
	c.loop = newLoop(c.clock, exchange.New())
	c.loop.remember, c.loop.carry = c.remember, func(e exchange.Effect) {
		if r, is := e.(exchange.Reply); is {
			c.replied(r)
		}
	}
	c.recorder, c.lasting, c.lists = newRecorder(c), newLasting(c), newLastingLists(c)
	c.lists.open()
	c.unfinish.resume(fact.Address{}, nil)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	serve := func() (stop context.CancelFunc) {
		ctx, stop := context.WithCancel(ctx)
		ready := make(chan struct{})
		go func() {
			served <- run.Serve(ctx, run.Config{Socket: l.mediaSocket(), PortMin: 39000, PortMax: 39099, Ready: func() { close(ready) }})
		}()
		select {
		case <-ready:
		case err := <-served:
			cancel()
			t.Fatal(err)
		}
		return stop
	}
	stop := serve()
	restart = func() {
		stop()
		if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		stop = serve()
	}
	c.desk = newSoundDesk(c.sounds, func() string { return "fr" }, c.log)
	c.desk.tell, c.desk.note, c.desk.recorded, c.desk.unpaused = c.loop.tell, c.note, c.recorder.ended, c.recorder.pauseRefused
	c.desk.lost, c.desk.back = func(plan.LegID) {}, func() {}
	c.desk.start(ctx, l.mediaSocket())
	<-c.desk.first
	go c.loop.run(ctx)
	t.Cleanup(func() {
		c.desk.close()
		c.recorder.shut()
		cancel()
		<-c.loop.done
		c.later.Wait()
		if err := errors.Join(<-served, c.archive.Close(), c.boxes.Close(), c.journal.Close()); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return c, fake, restart
}

// until waits for something that another goroutine or the sound does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(20 * time.Second); !is(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

// heldFor waits until the file of a sound has more than a second.
func heldFor(t *testing.T, dir string, id plan.RecordingID) {
	t.Helper()
	until(t, "a second of sound in "+string(id), func() bool {
		info, err := os.Stat(filepath.Join(dir, "sound", string(id)+".sealed"))
		return err == nil && info.Size() > 16_500
	})
}

// told gives the facts of the journal of one type.
func told[F fact.Fact](t *testing.T, c *core) (all []F) {
	t.Helper()
	if err := (&box{c}).Facts(t.Context(), fact.Address{}, false, func(e fact.Entry) bool {
		if f, is := e.Fact.(F); is {
			all = append(all, f)
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

const paul = "+33612345678"

// opened is a call that came in, stood in a queue, and was answered.
func opened(t *testing.T, c *core, call, leg string) fact.Subject {
	t.Helper()
	s := c.journal.Subject(paul, "Paul")
	c.remember(c.clock.now(), []fact.Fact{
		fact.CallOpened{Call: call, Leg: leg, Flow: "inbound", Caller: s},
		fact.VisitEntered{Call: call, Queue: "rouge"},
		fact.OfferEnded{Call: call, Agent: "ana", Outcome: fact.OfferAnswered},
	})
	if _, err := c.desk.Open(plan.LegID(leg)); err != nil {
		t.Fatal(err)
	}
	return s
}

// ARCHITECTURE §4, FEATURES §9.5, §10: a recording is made by the media process under a key of its own, paused in between, found by whose it is, read with an
// audit, and gone with its caller.
func TestARecordingFromItsCallToItsErasure(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	s := opened(t, c, "c1", "l1")
	c.remember(c.clock.now(), []fact.Fact{fact.RecordingStarted{Call: "c1", Recording: "r1", Leg: "l1", Reasons: []fact.Reason{{Code: "command.record", Detail: "agent:ana"}}}})
	c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1"})
	// Asked while the file is being made, or after: the order holds.
	c.recorder.pause(exchange.PauseRecording{Recording: "r1", Paused: true, Why: "masked"})
	c.recorder.pause(exchange.PauseRecording{Recording: "r1", Why: "masked"})
	heldFor(t, c.layout.recordings(), "r1")
	c.remember(c.clock.now(), []fact.Fact{fact.OfferEnded{Call: "c1", Agent: "bob", Outcome: fact.OfferAnswered}, fact.CommandTaken{Call: "c1", Command: "call.record", By: "supervisor:sam"}})
	c.recorder.stop(exchange.StopRecording{Recording: "r1"})
	r, sum := closed(t, b)
	if len(r.Segments) != 2 || sum != r.SoundMS || r.Segments[0].Until != "masked" || r.SoundMS < 1000 {
		t.Errorf("%d ms in %+v", r.SoundMS, r.Segments)
	}
	if r.Subject != string(s) || len(r.Queues) != 1 || r.Queues[0] != "rouge" || strings.Join(r.Agents, " ") != "ana bob" || r.StartedBy != "agent:ana" || r.StoppedBy != "supervisor:sam" {
		t.Errorf("%+v", r)
	}
	if all, err := b.Recordings(t.Context(), console.RecordsQuery{Caller: "0612345678", Queue: "rouge", Agent: "bob"}); err != nil || len(all) != 1 {
		t.Errorf("found %+v, %v", all, err)
	}
	var out bytes.Buffer
	if err := b.ReadRecording(t.Context(), "r1", "user:root", "export", &out); err != nil {
		t.Fatal(err)
	}
	if f, data, err := wav.Parse(out.Bytes()); err != nil || f.Channels != 2 || int64(len(data)) != r.SoundMS*32 {
		t.Errorf("%+v, %d bytes for %d ms, %v", f, len(data), r.SoundMS, err)
	}
	until(t, "the reading is told", func() bool { return len(told[fact.RecordingRead](t, c)) == 1 })
	if f := told[fact.RecordingRead](t, c)[0]; f.By != "user:root" || f.How != "export" || f.Call != "c1" {
		t.Errorf("%+v", f)
	}
	out.Reset()
	if err := b.ExportCaller(t.Context(), "06 12 34 56 78", "user:root", &out); err != nil || !bytes.Contains(out.Bytes(), []byte("recordings/r1.wav")) || !bytes.Contains(out.Bytes(), []byte("facts.ndjson")) {
		t.Errorf("everything of the caller: %d bytes, %v", out.Len(), err)
	}
	gone, err := b.EraseCaller(t.Context(), paul, "user:root")
	if err != nil || gone.Recordings != 1 || gone.Subject != string(s) {
		t.Errorf("%+v, %v", gone, err)
	}
	if _, err := c.journal.Reveal(t.Context(), s); !errors.Is(err, journal.ErrErased) {
		t.Errorf("the number: %v", err)
	}
	refused, is := errors.AsType[*console.Refused](b.ReadRecording(t.Context(), "r1", "user:root", "play", io.Discard))
	if !is || refused.Reasons[0].Code != "recording.erased" {
		t.Errorf("played after it was erased: %v", refused)
	}
	if _, err := b.EraseCaller(t.Context(), paul, "user:root"); !errors.Is(err, console.ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}
	until(t, "the erasure is told", func() bool {
		return len(told[fact.SubjectErased](t, c)) == 1 && len(told[fact.RecordingErased](t, c)) == 1
	})
	if f := told[fact.RecordingErased](t, c)[0]; f.Why != recording.WhySubject || f.By != "user:root" || f.Recording != "r1" {
		t.Errorf("%+v", f)
	}
}

// FEATURES §1 (Keep recording): discarded by default, the file is gone after the call, and the journal says so.
func TestARecordingNobodyKeepsIsGoneWithItsCall(t *testing.T) {
	c, _ := recordingBox(t, nil)
	opened(t, c, "c1", "l1")
	c.remember(c.clock.now(), []fact.Fact{fact.RecordingStarted{Call: "c1", Recording: "r1", Leg: "l1"}, fact.RecordingKept{Call: "c1", Recording: "r1", By: "queue:rouge"}})
	c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1", Paused: true})
	c.recorder.keep(exchange.KeepRecording{Recording: "r1"})
	c.recorder.stop(exchange.StopRecording{Recording: "r1"})
	until(t, "it is erased", func() bool { return len(told[fact.RecordingErased](t, c)) == 1 })
	if f := told[fact.RecordingErased](t, c)[0]; f.Why != recording.WhyDiscard || f.By != "queue:rouge" || f.Call != "c1" {
		t.Errorf("%+v", f)
	}
	if r, err := c.archive.Find(t.Context(), "r1"); err != nil || r.State != recording.Erased {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(c.layout.recordings(), "sound", "r1.sealed")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file: %v", err)
	}
}

// A message is left, ends by itself when it is too long, is heard, and tells who left it.
func TestAMessageIsLeftAndHeard(t *testing.T) {
	c, fake := recordingBox(t, func(doc string) string { return strings.Replace(doc, "messages: 100", "messages: 1", 1) })
	b := &box{c}
	opened(t, c, "c1", "l1")
	c.recorder.start(exchange.StartRecording{Recording: "m1", Call: "c1", Leg: "l1", Box: "queue:rouge"})
	heldFor(t, c.layout.voicemail(), "m1")
	c.recorder.limit("m1", time.Nanosecond) // the longest a message may be
	until(t, "the message is there", func() bool {
		all, err := b.Messages(t.Context(), console.RecordsQuery{Box: "queue:rouge"})
		return err == nil && len(all) == 1 && all[0].State == "new" && all[0].Caller == paul && all[0].SoundMS >= 1000
	})
	if notices, err := c.boxes.Notices(t.Context(), "mail", 9); err != nil || len(notices) != 1 {
		t.Errorf("%+v, %v", notices, err)
	}
	if err := errors.Join(b.ReadMessage(t.Context(), "m1", "agent:ana", "export", io.Discard), b.ReadMessage(t.Context(), "m1", "agent:ana", "play", io.Discard)); err != nil {
		t.Fatal(err)
	}
	if m, err := c.boxes.Find(t.Context(), "m1"); err != nil || m.State != voicemail.Heard || m.HeardBy != "agent:ana" {
		t.Errorf("%+v, %v", m, err)
	}
	until(t, "its reading is told", func() bool {
		return len(told[fact.RecordingRead](t, c)) == 2 && len(told[fact.VoicemailMarked](t, c)) == 1
	})
	// The box is full now: the next message does not begin, and says why.
	err := c.recorder.open(t.Context(), exchange.StartRecording{Recording: "m2", Call: "c1", Leg: "l1", Box: "queue:rouge"}, party{})
	if _, is := errors.AsType[*voicemail.FullError](err); !is {
		t.Errorf("a second message: %v", err)
	}
	// On a disk that is nearly full messages are short.
	if got := c.recorder.pressure.longest(3 * time.Minute); got != 3*time.Minute {
		t.Errorf("a message may be %s", got)
	}
	fake.States[c.layout.State] = disk.State{Free: 300 << 20, Total: 1 << 41}
	if err := c.recorder.pressure.once(t.Context()); err != nil || c.recorder.pressure.longest(3*time.Minute) != shortMessage {
		t.Errorf("a message may be %s, %v", c.recorder.pressure.longest(3*time.Minute), err)
	}
}

// docs/recordings.md: a disk that fills up does without recordings in order, erases what nobody keeps at last, tells everybody, and comes back.
func TestADiskThatFillsUp(t *testing.T) {
	c, fake := recordingBox(t, func(doc string) string { return strings.Replace(doc, "least: 7 ", "least: 0 ", 1) })
	b := &box{c}
	for _, id := range []plan.RecordingID{"old", "kept"} {
		opened(t, c, "c-"+string(id), "l-"+string(id))
		c.recorder.start(exchange.StartRecording{Recording: id, Call: plan.CallID("c-" + id), Leg: plan.LegID("l-" + id)})
		heldFor(t, c.layout.recordings(), id)
		c.recorder.stop(exchange.StopRecording{Recording: id})
		until(t, string(id)+" is closed", func() bool {
			r, err := c.archive.Find(t.Context(), id)
			return err == nil && r.State == recording.Closed
		})
	}
	if err := b.KeepRecording(t.Context(), "kept", true, "user:root"); err != nil {
		t.Fatal(err)
	}
	steps := recording.ThresholdsOf(1 << 41)
	for _, want := range []recording.Pressure{recording.Warned, recording.NoSamples, recording.NoRecordings, recording.ShortMessages, recording.Erasing, recording.Plenty} {
		free := uint64(1 << 40)
		if want != recording.Plenty {
			free = uint64(steps.Begin(want) - 1)
		}
		fake.States[c.layout.State] = disk.State{Free: free, Total: 1 << 41}
		if err := c.recorder.pressure.once(t.Context()); err != nil || c.recorder.pressure.at() != want {
			t.Fatalf("%s: %s, %v", want, c.recorder.pressure.at(), err)
		}
		warned := strings.Join(c.warned(time.Now()), "\n")
		if (want != recording.Plenty) != strings.Contains(warned, "disk is filling up") || want != recording.Plenty && !strings.Contains(warned, "calls go on") {
			t.Errorf("%s: people are told %q", want, warned)
		}
	}
	until(t, "every change is told", func() bool { return len(told[fact.StorageChanged](t, c)) == 6 })
	for id, want := range map[plan.RecordingID]recording.State{"old": recording.Erased, "kept": recording.Closed} {
		if r, err := c.archive.Find(t.Context(), id); err != nil || r.State != want {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
	}
	erased := told[fact.RecordingErased](t, c)
	if len(erased) != 1 || erased[0].Recording != "old" || erased[0].Why != recording.WhyDisk {
		t.Errorf("%+v", erased)
	}
	delete(fake.States, c.layout.State)
	if err := c.recorder.pressure.once(t.Context()); err == nil {
		t.Error("a disk that cannot be read is fine")
	}
}

// A core that takes over from one that did without recordings tells the exchange when there is room again: nothing else would.
func TestRoomThatCameBackDuringAHandover(t *testing.T) {
	c, _ := recordingBox(t, nil)
	stored := func() (held bool) {
		if err := c.loop.ask(t.Context(), func(s *exchange.State, _ fact.Moment) {
			text, err := s.Encode()
			held = err == nil && bytes.Contains(text, []byte(exchange.StorageNoRecordings))
		}); err != nil {
			t.Fatal(err)
		}
		return held
	}
	c.loop.tell(exchange.StorageChanged{Storage: exchange.StorageNoRecordings}) // as the core before left it
	until(t, "the exchange knows of it", stored)
	if err := c.recorder.pressure.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "calls are recorded again", func() bool { return !stored() })
}

// RGPD art. 15 and 17: who asks to be forgotten is not called back, and who asks what is known of them is told that they will be.
func TestWhoIsForgottenIsNotCalledBack(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	c.loop.tell(exchange.SiteChanged{Branch: c.keeper.Current().Branch()})
	c.loop.tell(exchange.TrunkReachable{Trunk: "operateur", Reachable: true})
	theirs := c.journal.Subject(paul, "Paul")
	for number, s := range map[string]fact.Subject{paul: theirs, "+33612345679": c.journal.Subject("+33612345679", "")} {
		if _, err := b.asked(t.Context(), func(id exchange.RequestID) error {
			c.loop.tell(exchange.CallbackAsk{Request: id, By: "web", Queue: "accueil", Number: number, Subject: s, Source: "web", AfterMS: 3_600_000})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the wish is told", func() bool { return len(told[fact.CallbackRequested](t, c)) == 2 })
	if all, err := b.Callbacks(t.Context()); err != nil || len(all) != 2 || all[0].Queue != "accueil" || all[0].Source != "web" || all[0].ID == "" || all[0].Number == all[1].Number {
		t.Errorf("who waits: %+v, %v", all, err)
	}
	var out bytes.Buffer
	if err := b.ExportCaller(t.Context(), "0612345678", "user:root", &out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"callbacks.json": paul, "facts.ndjson": "callback.requested", "messages.json": "[]", "recordings.json": "[]"} {
		if text := zipped(t, out.Bytes(), name); strings.Count(text, want) != 1 || strings.Contains(text, "+33612345679") {
			t.Errorf("%s: %s", name, text)
		}
	}
	gone, err := b.EraseCaller(t.Context(), "0612345678", "user:root")
	if err != nil || gone.Callbacks != 1 {
		t.Errorf("%+v, %v", gone, err)
	}
	if left, err := b.callbacksOf(t.Context(), []fact.Subject{theirs}); err != nil || len(left) != 0 {
		t.Errorf("still to be called: %+v, %v", left, err)
	}
	until(t, "the end of the wish is told", func() bool { return len(told[fact.CallbackEnded](t, c)) == 1 })
}

// zipped is a file of a ZIP.
func zipped(t *testing.T, whole []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A message is listed by when it was left and whether it is still there, whatever else it is asked by: a filter that does nothing lies.
func TestMessagesAreListedByTheirFilter(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	opened(t, c, "c1", "l1")
	for _, id := range []plan.RecordingID{"m1", "m2"} {
		c.recorder.start(exchange.StartRecording{Recording: id, Call: "c1", Leg: "l1", Box: "queue:accueil"})
		heldFor(t, c.layout.voicemail(), id)
		c.recorder.stop(exchange.StopRecording{Recording: id})
		until(t, "the message is there", func() bool {
			m, err := c.boxes.Find(t.Context(), id)
			return err == nil && m.State == voicemail.New
		})
	}
	if err := b.EraseMessage(t.Context(), "m1", "user:root"); err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]struct {
		console.RecordsQuery
		want int
	}{
		"all":             {console.RecordsQuery{}, 2},
		"of a box":        {console.RecordsQuery{Box: "queue:accueil"}, 2},
		"of a caller":     {console.RecordsQuery{Caller: paul}, 2},
		"there, of a box": {console.RecordsQuery{Box: "queue:accueil", Present: true}, 1},
		"of another box":  {console.RecordsQuery{Box: "queue:renfort"}, 0},
		"of the last day": {console.RecordsQuery{Since: time.Now().Add(-day)}, 2},
		"from later on":   {console.RecordsQuery{Since: time.Now().Add(time.Hour)}, 0},
	} {
		if all, err := b.Messages(t.Context(), q.RecordsQuery); err != nil || len(all) != q.want {
			t.Errorf("%s: %d messages, %v; want %d", name, len(all), err, q.want)
		}
	}
}

// A core that died in the middle of a conversation: the next one tells how much of its recording reached the disk, as the index has counted it.
func TestARecordingThatWasCutTellsItsLength(t *testing.T) {
	c, _ := recordingBox(t, nil)
	for id, box := range map[plan.RecordingID]string{"r1": "", "m1": "queue:accueil"} {
		call, leg := "c-"+string(id), "l-"+string(id)
		opened(t, c, call, leg)
		c.remember(c.clock.now(), []fact.Fact{fact.RecordingStarted{Call: call, Recording: string(id), Leg: leg, Box: box}})
		dir := c.layout.recordings()
		if box != "" {
			dir = c.layout.voicemail()
		}
		c.recorder.start(exchange.StartRecording{Recording: id, Call: plan.CallID(call), Leg: plan.LegID(leg), Box: box})
		heldFor(t, dir, id)
	}
	// As both are opened by the next core: nobody writes them any more.
	nobody := func() ([]plan.RecordingID, error) { return nil, nil }
	if _, err := c.archive.Sweep(t.Context(), nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := c.boxes.Sweep(t.Context(), nobody); err != nil {
		t.Fatal(err)
	}
	until(t, "the facts are on the disk", func() bool { return len(told[fact.RecordingStarted](t, c)) == 2 })
	c.interrupted(t.Context())
	until(t, "the ends are told", func() bool { return len(told[fact.RecordingEnded](t, c)) == 2 })
	for _, f := range told[fact.RecordingEnded](t, c) {
		if f.SoundMS < 1000 || f.Error != cutCause {
			t.Errorf("%+v", f)
		}
	}
}

// docs/recordings.md: each is kept for its own days, kept or not, and not an hour less; the journal says what was erased because they were over. A message
// that lost its file is told as well, and what is being recorded stays.
func TestEachIsKeptForItsOwnDays(t *testing.T) {
	c, _ := recordingBox(t, func(doc string) string {
		return strings.NewReplacer("  days: 180 ", "  days: 4 ", "least: 7 ", "least: 0 ", "  days: 90 ", "  days: 2 ").Replace(doc)
	})
	if d := c.keeper.Current(); d.Recording.Days != 4 || d.Voicemail.Days != 2 {
		t.Fatalf("the document says %d and %d days", d.Recording.Days, d.Voicemail.Days)
	}
	aged := func(dir, index, update string, hours int, id plan.RecordingID) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, index))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), update, time.Now().Add(-time.Duration(hours)*time.Hour).UnixMilli(), string(id))
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for id, hours := range map[plan.RecordingID]int{"r-old": 4*24 + 1, "r-young": 4*24 - 1} {
		f, _, err := c.archive.Create(t.Context(), id, recording.Origin{Call: "c1"})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.archive.Finish(t.Context(), id, 2000, ""); err != nil {
			t.Fatal(err)
		}
		aged(c.layout.recordings(), "recordings.db", "UPDATE recording SET started = ?1, counted = ?1, keep = 'keep' WHERE id = ?2", hours, id)
	}
	for id, hours := range map[plan.RecordingID]int{"m-old": 2*24 + 1, "m-young": 2*24 - 1, "m-lost": 1} {
		f, _, err := c.boxes.Create(t.Context(), id, voicemail.Origin{Box: "queue:accueil", Call: "c2"}, voicemail.Limits{Messages: 9, Seconds: 99})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.boxes.Finish(t.Context(), id, 2000, ""); err != nil {
			t.Fatal(err)
		}
		aged(c.layout.voicemail(), "voicemail.db", "UPDATE message SET left_at = ?1, counted = ?1, state = 'saved' WHERE id = ?2", hours, id)
	}
	if err := os.Remove(filepath.Join(c.layout.voicemail(), "sound", "m-lost.sealed")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.recorder.expire(t.Context()), c.recorder.sweep(t.Context())); err != nil {
		t.Fatal(err)
	}
	for id, there := range map[plan.RecordingID]bool{"r-old": false, "r-young": true} {
		if r, err := c.archive.Find(t.Context(), id); err != nil || (r.State != recording.Erased) != there {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
	}
	for id, there := range map[plan.RecordingID]bool{"m-old": false, "m-young": true, "m-lost": false} {
		if m, err := c.boxes.Find(t.Context(), id); err != nil || (m.State != voicemail.Erased) != there {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
	}
	until(t, "what was erased is told", func() bool { return len(told[fact.RecordingErased](t, c)) == 3 })
	for i, want := range []fact.RecordingErased{
		{Recording: "r-old", Call: "c1", Why: recording.WhyExpired},
		{Recording: "m-old", Call: "c2", Box: "queue:accueil", Why: voicemail.WhyExpired},
		{Recording: "m-lost", Call: "c2", Box: "queue:accueil", Why: voicemail.WhyNothing},
	} {
		if f := told[fact.RecordingErased](t, c)[i]; f != want {
			t.Errorf("told %+v, want %+v", f, want)
		}
	}
}

// closed waits until the recording r1 is, and adds up the sound of its parts, in ms.
func closed(t *testing.T, b *box) (r console.Recording, sum int64) {
	t.Helper()
	until(t, "the recording is closed", func() (is bool) {
		var err error
		r, err = b.Recording(t.Context(), "r1")
		return err == nil && r.State == "closed"
	})
	for _, part := range r.Segments {
		sum += part.SoundMS
	}
	return r, sum
}
