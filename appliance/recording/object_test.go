package recording_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/sealed"
	"autocom/dsp/wav"
)

var ten = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// made makes a closed recording of so many seconds.
func made(t *testing.T, a *recording.Archive, id plan.RecordingID, from recording.Origin, seconds int) {
	t.Helper()
	file, key, err := a.Create(t.Context(), id, from)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sealed.NewWriter(file, string(id), key)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Mark(sealed.Mark{At: ten})
	for range seconds {
		err = errors.Join(err, w.WriteInterleaved(make([]byte, sealed.Second)))
	}
	if err := errors.Join(err, w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Finish(t.Context(), id, int64(seconds)*1000, ""); err != nil {
		t.Fatal(err)
	}
}

// FEATURES §10 (Recordings: list by call id) and §9.5: the index tells whose a recording is, who made it and by what right.
func TestARecordingIsFoundByWhoIsInIt(t *testing.T) {
	a := open(t, t.TempDir())
	made(t, a, "r1", recording.Origin{Call: "c1", Leg: "l1", Subject: "s1", Queue: "rouge", Agent: "ana", Reason: "queue.record", Basis: "quality"}, 1)
	made(t, a, "r2", recording.Origin{Call: "c2", Leg: "l2", Subject: "s2", Queue: "bleu", Agent: "bob", Reason: "command.record", StartedBy: "agent:bob"}, 1)
	made(t, a, "r3", recording.Origin{Call: "c3", Leg: "l3", Subject: "s1"}, 1)
	if err := errors.Join(a.Joined(t.Context(), "r1", "bleu", "bob"), a.Joined(t.Context(), "r1", "bleu", "bob"), a.StoppedBy(t.Context(), "r2", "agent:ana")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		q    recording.Query
		want []plan.RecordingID
	}{
		"all":               {recording.Query{}, []plan.RecordingID{"r3", "r2", "r1"}},
		"a queue":           {recording.Query{Queue: "bleu"}, []plan.RecordingID{"r2", "r1"}},
		"an agent":          {recording.Query{Agent: "bob"}, []plan.RecordingID{"r2", "r1"}},
		"both":              {recording.Query{Queue: "rouge", Agent: "bob"}, []plan.RecordingID{"r1"}},
		"a caller":          {recording.Query{Subjects: []fact.Subject{"s1"}}, []plan.RecordingID{"r3", "r1"}},
		"nobody":            {recording.Query{Agent: "rouge"}, nil},
		"one of two names":  {recording.Query{Subjects: []fact.Subject{"s7", "s2"}}, []plan.RecordingID{"r2"}},
		"a caller's agent":  {recording.Query{Subjects: []fact.Subject{"s2"}, Agent: "ana"}, nil},
		"a call of a queue": {recording.Query{Call: "c1", Queue: "rouge"}, []plan.RecordingID{"r1"}},
	} {
		found, err := a.List(t.Context(), c.q)
		var ids []plan.RecordingID
		for _, r := range found {
			ids = append(ids, r.ID)
		}
		// All were made within a few ms: their order is by id.
		if diff := cmp.Diff(c.want, ids); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	one, err := a.Find(t.Context(), "r1")
	if err != nil || !cmp.Equal(one.Queues, []string{"bleu", "rouge"}) || !cmp.Equal(one.Agents, []string{"ana", "bob"}) || one.Basis != "quality" || one.Reason != "queue.record" {
		t.Errorf("%+v, %v", one, err)
	}
	two, err := a.Find(t.Context(), "r2")
	if err != nil || two.StartedBy != "agent:bob" || two.StoppedBy != "agent:ana" {
		t.Errorf("%+v, %v", two, err)
	}
}

// FEATURES §9.5: a pause leaves a marker. The index lists the segments, and they add up, after a crash too.
func TestTheIndexListsTheSegments(t *testing.T) {
	for name, crash := range map[string]bool{"closed": false, "crash": true} {
		dir := t.TempDir()
		a, err := recording.OpenArchive(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		file, key, err := a.Create(t.Context(), "r1", recording.Origin{Call: "c", Leg: "l"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := sealed.NewWriter(file, "r1", key)
		second := make([]byte, sealed.Second)
		err = errors.Join(
			err, w.Mark(sealed.Mark{At: ten}), w.WriteInterleaved(second), w.WriteInterleaved(second),
			w.Mark(sealed.Mark{At: ten.Add(2 * time.Second), Paused: true, Why: "masked"}),
			w.Mark(sealed.Mark{At: ten.Add(time.Minute), Why: "command"}), w.WriteInterleaved(second),
		)
		if err != nil {
			t.Fatal(err)
		}
		if crash {
			err = errors.Join(file.Truncate(48+(3+9+16)+2*(3+sealed.Second+16)+(3+9+6+16)+(3+9+7+16)+1000), file.Close(), a.Close())
			a = open(t, dir)
		} else {
			err = errors.Join(w.Close(), file.Close())
			_, finishErr := a.Finish(t.Context(), "r1", 3000, "")
			err = errors.Join(err, finishErr)
			defer a.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Find(t.Context(), "r1")
		if err != nil {
			t.Fatal(err)
		}
		want := []recording.Segment{
			{Start: ten, SoundMS: 2000, Until: "masked"},
			{Start: ten.Add(time.Minute), OffsetMS: 2000, SoundMS: 1000, Why: "command"},
		}
		ms, state := int64(3000), recording.Closed
		if crash {
			want[1].SoundMS, ms, state = 0, 2000, recording.Cut
		}
		if diff := cmp.Diff(want, r.Segments); diff != "" || r.SoundMS != ms || r.State != state {
			t.Errorf("%s: %d ms, %s (%s)\n%s", name, r.SoundMS, r.State, r.Error, diff)
		}
	}
}

// FEATURES §1 (Keep recording): un-ticked and "discard by default", the file is gone after the call. §9.5: what is kept has the same ceiling of days.
func TestKeepingHasTwoEnds(t *testing.T) {
	a := open(t, t.TempDir())
	for _, id := range []plan.RecordingID{"kept", "any", "discarded"} {
		made(t, a, id, recording.Origin{Call: "c", Leg: "l"}, 1)
	}
	if erase, err := a.Keep(t.Context(), "kept", recording.Keep, "user:root"); err != nil || erase {
		t.Errorf("keep: %v, %v", erase, err)
	}
	if erase, err := a.Keep(t.Context(), "discarded", recording.Discard, "agent:ana"); err != nil || !erase {
		t.Errorf("discard what is closed: %v, %v", erase, err)
	}
	if _, _, err := a.Create(t.Context(), "open", recording.Origin{}); err != nil {
		t.Fatal(err)
	}
	if erase, err := a.Keep(t.Context(), "open", recording.Discard, "queue:rouge"); err != nil || erase {
		t.Errorf("discard what is being made: %v, %v", erase, err)
	}
	if _, err := a.Keep(t.Context(), "none", recording.Keep, ""); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("keep what is not there: %v", err)
	}
	// The disk takes the place of what nobody wants kept, oldest first, and no more than it needs.
	erased, freed, err := a.MakeRoom(t.Context(), 1, time.Now().Add(time.Hour))
	if err != nil || len(erased) != 1 || erased[0].ID == "kept" || freed < sealed.Second {
		t.Errorf("erased %v, freed %d, %v", erased, freed, err)
	}
	if erased, _, err := a.MakeRoom(t.Context(), 1<<40, time.Now().Add(time.Hour)); err != nil || len(erased) != 1 {
		t.Errorf("erased %v, %v: what is kept or being made stays", erased, err)
	}
	if erased, _, err := a.MakeRoom(t.Context(), 1<<40, time.Now().Add(-time.Hour)); err != nil || len(erased) != 0 {
		t.Errorf("erased %v, %v, younger than the minimum", erased, err)
	}
	r, err := a.Find(t.Context(), "discarded")
	if err != nil || r.ErasedWhy != recording.WhyDisk {
		t.Errorf("%+v, %v", r, err)
	}
	// And no wish outlasts the days.
	if gone, err := a.Expire(t.Context(), time.Now().Add(time.Hour)); err != nil || len(gone) != 2 {
		t.Errorf("expired %v, %v", gone, err)
	}
	if _, err := a.Keep(t.Context(), "kept", recording.Keep, "user:root"); !errors.Is(err, recording.ErrErased) {
		t.Errorf("keeping what is erased: %v", err)
	}
}

// FEATURES §9.5 (RGPD): everything of one caller goes at once, what is being recorded too, and nobody else's.
func TestACallersRecordingsAreErased(t *testing.T) {
	a := open(t, t.TempDir())
	made(t, a, "r1", recording.Origin{Subject: "s1"}, 1)
	made(t, a, "r2", recording.Origin{Subject: "s2"}, 1)
	made(t, a, "r3", recording.Origin{}, 1)
	file, _, err := a.Create(t.Context(), "r4", recording.Origin{Subject: "s1"})
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	gone, err := a.EraseSubject(t.Context(), "s1", "user:root")
	if err != nil || len(gone) != 2 {
		t.Fatalf("%v, %v", gone, err)
	}
	for id, there := range map[plan.RecordingID]bool{"r1": false, "r2": true, "r3": true, "r4": false} {
		r, err := a.Find(t.Context(), id)
		if err != nil || (r.State != recording.Erased) != there || !there && (r.ErasedBy != "user:root" || r.ErasedWhy != recording.WhySubject) {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
	}
	if gone, err := a.EraseSubject(t.Context(), fact.Subject(""), "user:root"); err != nil || len(gone) != 0 {
		t.Errorf("callers without a number: %v, %v", gone, err)
	}
	if _, err := a.Export(t.Context(), "r2", wav.PCM16, io.Discard); err != nil {
		t.Error(err)
	}
}

// The sweeper may run while the box works: what is being recorded stays as it is; what lost its file, its entry or its writer is mended.
func TestTheSweeperMends(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	made(t, a, "whole", recording.Origin{}, 1)
	made(t, a, "fileless", recording.Origin{}, 2)
	live := record(t, a, "live", 8000, false)
	left := record(t, a, "left", 12_000, false)
	if err := errors.Join(
		os.Remove(filepath.Join(dir, "sound", "fileless.sealed")), os.WriteFile(filepath.Join(dir, "sound", "stray.sealed"), []byte("who am I"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	alive := func() ([]plan.RecordingID, error) { return []plan.RecordingID{"live"}, nil }
	s, err := a.Sweep(t.Context(), alive)
	if err != nil || !cmp.Equal(s.Closed, []plan.RecordingID{"left"}) || !cmp.Equal(s.Lost, []string{"stray"}) || !cmp.Equal(s.Missing, []plan.RecordingID{"fileless"}) {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err := a.Sweep(t.Context(), alive); err != nil || len(s.Closed)+len(s.Lost)+len(s.Missing)+len(s.Removed) != 0 {
		t.Errorf("again: %+v, %v", s, err)
	}
	for id, want := range map[plan.RecordingID]recording.State{"whole": recording.Closed, "fileless": recording.Cut, "live": recording.Open, "left": recording.Cut} {
		if r, err := a.Find(t.Context(), id); err != nil || r.State != want {
			t.Errorf("%s: %+v, %v; want %s", id, r, err, want)
		}
	}
	var out bytes.Buffer
	if done, err := a.Export(t.Context(), "left", wav.ALaw, &out); err != nil || done.SoundMS != 1500 {
		t.Errorf("%+v, %v, of %d and %d bytes", done, err, len(left), len(live))
	}
	if freed, err := a.DropLost(); err != nil || freed != int64(len("who am I")) {
		t.Errorf("dropped %d bytes, %v", freed, err)
	}
	wrong := errors.New("the exchange is gone")
	if _, err := a.Sweep(t.Context(), func() ([]plan.RecordingID, error) { return nil, wrong }); !errors.Is(err, wrong) {
		t.Errorf("a sweep that does not know what lives: %v", err)
	}
}

// wrappedKey is a recording's key as the index has it, read around the archive.
func wrappedKey(t *testing.T, dir, id string) (wrapped []byte) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "recordings.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.QueryRowContext(t.Context(), "SELECT wrapped FROM recording WHERE id = ?", id).Scan(&wrapped), db.Close()); err != nil {
		t.Fatal(err)
	}
	return wrapped
}

// FEATURES §9.5 (erasure): when Erase has returned the key is in no file of the directory, the index's log among them; who asked first stays who asked.
func TestAnErasedKeyIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	made(t, a, "r1", recording.Origin{Subject: "s1"}, 1)
	key := wrappedKey(t, dir, "r1")
	held := func() (in []string) {
		for _, name := range []string{"recordings.db", "recordings.db-wal"} {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil && bytes.Contains(text, key) {
				in = append(in, name)
			}
		}
		return in
	}
	if len(key) == 0 || len(held()) == 0 {
		t.Fatal("the key is nowhere before: this test proves nothing")
	}
	if err := a.Erase(t.Context(), "r1", "user:ana", recording.WhyCommand); err != nil || len(held()) > 0 {
		t.Errorf("the key is still in %v, %v", held(), err)
	}
	if err := a.Erase(t.Context(), "r1", "user:root", recording.WhyExpired); err != nil {
		t.Error(err)
	}
	if r, err := a.Find(t.Context(), "r1"); err != nil || r.ErasedBy != "user:ana" || r.ErasedWhy != recording.WhyCommand {
		t.Errorf("%+v, %v", r, err)
	}
	if all, err := a.List(t.Context(), recording.Query{Present: true}); err != nil || len(all) != 0 {
		t.Errorf("listed as present: %+v, %v", all, err)
	}
}

// A recording lives for its days and not a millisecond less, and a disk that needs room is given what it needs and no more.
func TestNothingIsErasedTooEarlyOrTooMuch(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	made(t, a, "r1", recording.Origin{}, 1)
	made(t, a, "r2", recording.Origin{}, 1)
	r, err := a.Find(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := a.Expire(t.Context(), r.Started); err != nil || len(gone) != 0 {
		t.Errorf("erased on its last day: %+v, %v", gone, err)
	}
	info, err := os.Stat(filepath.Join(dir, "sound", "r1.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	gone, freed, err := a.MakeRoom(t.Context(), info.Size(), time.Now().Add(time.Hour))
	if err != nil || len(gone) != 1 || gone[0].ID != "r1" || freed != info.Size() {
		t.Errorf("%d bytes needed, %d freed by %+v, %v", info.Size(), freed, gone, err)
	}
}
