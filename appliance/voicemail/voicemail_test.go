package voicemail_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording/sealed"
	"autocom/appliance/voicemail"
	"autocom/dsp/wav"
)

// roomy is more than any test leaves.
var roomy = voicemail.Limits{Messages: 100, Seconds: 10_000}

func open(t *testing.T, dir string, live ...plan.RecordingID) *voicemail.Boxes {
	t.Helper()
	b, err := voicemail.OpenBoxes(t.Context(), dir, live...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// say begins a message and writes so many seconds of it, as the media process would; hung up ends it there.
func say(t *testing.T, b *voicemail.Boxes, id plan.RecordingID, from voicemail.Origin, seconds int, hungUp bool) {
	t.Helper()
	file, key, err := b.Create(t.Context(), id, from, roomy)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sealed.NewWriter(file, string(id), key)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Mark(sealed.Mark{At: time.Now()})
	for s := range seconds {
		err = errors.Join(err, w.WriteInterleaved(bytes.Repeat([]byte{byte(s + 1)}, sealed.Second)))
	}
	if hungUp {
		err = errors.Join(err, w.Close())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	if hungUp {
		if _, err := b.Finish(t.Context(), id, int64(seconds)*1000, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(all []voicemail.Message) (out []plan.RecordingID) {
	for _, m := range all {
		out = append(out, m.ID)
	}
	return out
}

var rouge = voicemail.Origin{Box: "queue:rouge", Call: "c1", Subject: "s1"}

// FEATURES §8 (messagerie), §10: a message is left, listed, played, heard, saved and erased.
func TestAMessagesLife(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	say(t, b, "r1", rouge, 3, true)
	say(t, b, "r2", voicemail.Origin{Box: "extension:204"}, 2, true)
	m, err := b.Find(t.Context(), "r1")
	if err != nil || m.State != voicemail.New || m.SoundMS != 3000 || m.Box != "queue:rouge" || m.Call != "c1" || m.Subject != "s1" || m.Error != "" {
		t.Fatalf("%+v, %v", m, err)
	}
	if all, err := b.List(t.Context(), voicemail.Query{Box: "queue:rouge"}); err != nil || !cmp.Equal(ids(all), []plan.RecordingID{"r1"}) {
		t.Errorf("%v, %v", all, err)
	}
	var out bytes.Buffer
	if done, err := b.Export(t.Context(), "r1", wav.ALaw, &out); err != nil || done.SoundMS != 3000 || done.Cut != nil {
		t.Errorf("%+v, %v", done, err)
	}
	if f, data, err := wav.Parse(out.Bytes()); err != nil || f.Channels != 2 || len(data) != 3*sealed.Second || data[sealed.Second] != 2 {
		t.Errorf("%+v, %d bytes, %v", f, len(data), err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "sound", "r1.sealed")); err != nil || bytes.Contains(raw, bytes.Repeat([]byte{1}, 32)) {
		t.Errorf("the message lies open on the disk (%v)", err)
	}
	if was, err := b.Hear(t.Context(), "r1", "agent:ana"); err != nil || !was {
		t.Errorf("heard: %v, %v", was, err)
	}
	if was, err := b.Hear(t.Context(), "r1", "agent:bob"); err != nil || was {
		t.Errorf("heard again: %v, %v", was, err)
	}
	if m, err := b.Find(t.Context(), "r1"); err != nil || m.State != voicemail.Heard || m.HeardBy != "agent:ana" || m.HeardAt.IsZero() {
		t.Errorf("%+v, %v", m, err)
	}
	if err := b.Save(t.Context(), "r1", "agent:bob"); err != nil {
		t.Error(err)
	}
	if m, err := b.Find(t.Context(), "r1"); err != nil || m.State != voicemail.Saved || m.HeardBy != "agent:ana" {
		t.Errorf("%+v, %v", m, err)
	}
	if err := b.Erase(t.Context(), "r1", "agent:ana", voicemail.WhyCommand); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Export(t.Context(), "r1", wav.ALaw, io.Discard); !errors.Is(err, voicemail.ErrErased) {
		t.Errorf("played after it was erased: %v", err)
	}
	if _, err := b.Hear(t.Context(), "r1", "agent:ana"); !errors.Is(err, voicemail.ErrErased) {
		t.Errorf("heard after it was erased: %v", err)
	}
	if err := b.Save(t.Context(), "none", "x"); !errors.Is(err, voicemail.ErrUnknown) {
		t.Errorf("saved what is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sound", "r1.sealed")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file: %v", err)
	}
	if all, err := b.List(t.Context(), voicemail.Query{Erased: true}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestAFullBoxRefusesInWords(t *testing.T) {
	b := open(t, t.TempDir())
	say(t, b, "r1", rouge, 4, true)
	say(t, b, "r2", rouge, 4, true)
	for name, limits := range map[string]voicemail.Limits{"messages": {Messages: 2, Seconds: 1000}, "seconds": {Messages: 100, Seconds: 8}} {
		_, _, err := b.Create(t.Context(), "r3", rouge, limits)
		full, is := errors.AsType[*voicemail.FullError](err)
		if !is || full.Messages != 2 || full.Seconds != 8 || !strings.Contains(err.Error(), "erase some") {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := b.Full(t.Context(), limits); err != nil || len(all) != 1 || all[0] != rouge.Box {
			t.Errorf("%s: full are %v, %v", name, all, err)
		}
		file, _, err := b.Create(t.Context(), plan.RecordingID("other-"+name), voicemail.Origin{Box: "queue:bleu"}, limits)
		if err := errors.Join(err, file.Close()); err != nil {
			t.Errorf("another box: %v", err)
		}
	}
	if all, err := b.Full(t.Context(), roomy); err != nil || len(all) != 0 {
		t.Errorf("with room: %v, %v", all, err)
	}
	if err := b.Erase(t.Context(), "r1", "", voicemail.WhyCommand); err != nil {
		t.Fatal(err)
	}
	if all, err := b.Full(t.Context(), voicemail.Limits{Messages: 2, Seconds: 8}); err != nil || len(all) != 1 || all[0] == rouge.Box {
		t.Errorf("after one was erased: %v, %v", all, err)
	}
	file, _, err := b.Create(t.Context(), "r3", rouge, voicemail.Limits{Messages: 2, Seconds: 8})
	if err := errors.Join(err, file.Close()); err != nil {
		t.Errorf("after one was erased: %v", err)
	}
	if _, _, err := b.Create(t.Context(), "r2", rouge, roomy); !errors.Is(err, voicemail.ErrExists) {
		t.Errorf("an id twice: %v", err)
	}
	if _, _, err := b.Create(t.Context(), "../r9", rouge, roomy); err == nil {
		t.Error("an id led out of the directory")
	}
}

// Whoever tells people of new messages gets each notice until it says so, in order, and never again; a crash between loses none.
func TestEachNoticeIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	b, err := voicemail.OpenBoxes(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []plan.RecordingID{"r1", "r2", "r3", "r4"} {
		say(t, b, id, rouge, 2, true)
	}
	say(t, b, "hangup", rouge, 0, true)
	if _, err := b.Hear(t.Context(), "r2", "agent:ana"); err != nil {
		t.Fatal(err)
	}
	read := func(b *voicemail.Boxes, reader string) (out []plan.RecordingID, last int64) {
		notices, err := b.Notices(t.Context(), reader, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range notices {
			if n.N <= last || n.At.IsZero() {
				t.Errorf("notice %+v after %d", n, last)
			}
			out, last = append(out, n.Message.ID), n.N
		}
		return out, last
	}
	first, n := read(b, "mail")
	if !cmp.Equal(first, []plan.RecordingID{"r1", "r3"}) {
		t.Errorf("first %v", first)
	}
	if again, _ := read(b, "mail"); !cmp.Equal(again, first) {
		t.Errorf("nobody was told, and then come %v", again)
	}
	if err := errors.Join(b.Told(t.Context(), "mail", n), b.Told(t.Context(), "mail", 1), b.Close()); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	if second, last := read(b, "mail"); !cmp.Equal(second, []plan.RecordingID{"r4"}) {
		t.Errorf("then %v", second)
	} else if err := b.Told(t.Context(), "mail", last); err != nil {
		t.Fatal(err)
	}
	if rest, _ := read(b, "mail"); len(rest) != 0 {
		t.Errorf("at last %v", rest)
	}
	if other, _ := read(b, "lamp"); !cmp.Equal(other, []plan.RecordingID{"r1", "r3"}) {
		t.Errorf("another reader %v", other)
	}
}

func TestAfterACrashMessagesAreThere(t *testing.T) {
	dir := t.TempDir()
	b, err := voicemail.OpenBoxes(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	say(t, b, "whole", rouge, 2, true)
	say(t, b, "cut", rouge, 3, false)
	say(t, b, "live", rouge, 1, false)
	say(t, b, "hangup", rouge, 0, false)
	say(t, b, "fileless", rouge, 2, true)
	if err := errors.Join(b.Close(), os.Remove(filepath.Join(dir, "sound", "fileless.sealed")), os.WriteFile(filepath.Join(dir, "sound", "stray.sealed"), []byte("?"), 0o600)); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir, "live")
	for id, want := range map[plan.RecordingID]struct {
		state voicemail.State
		ms    int64
		why   string
	}{
		"whole": {voicemail.New, 2000, ""}, "cut": {voicemail.New, 3000, ""}, "live": {voicemail.Open, 0, ""}, "hangup": {voicemail.Erased, 0, voicemail.WhyShort},
		"fileless": {voicemail.Erased, 2000, voicemail.WhyNothing},
	} {
		m, err := b.Find(t.Context(), id)
		if err != nil || m.State != want.state || m.SoundMS != want.ms || m.ErasedWhy != want.why || (id == "cut") != (m.Error != "" && m.State != voicemail.Erased) {
			t.Errorf("%s: %+v, %v; want %+v", id, m, err, want)
		}
	}
	if notices, err := b.Notices(t.Context(), "mail", 10); err != nil || len(notices) != 2 {
		t.Errorf("%+v, %v: of the whole one and of the one that was cut", notices, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost", "stray.sealed")); err != nil {
		t.Error(err)
	}
	if _, err := b.Hear(t.Context(), "live", ""); !errors.Is(err, voicemail.ErrOpen) {
		t.Errorf("heard while it is left: %v", err)
	}
}

func TestWhatGoesFirst(t *testing.T) {
	b := open(t, t.TempDir())
	for _, id := range []plan.RecordingID{"new", "heard", "saved", "other"} {
		from := rouge
		if id == "other" {
			from.Subject = "s2"
		}
		say(t, b, id, from, 1, true)
	}
	_, err := b.Hear(t.Context(), "heard", "agent:ana")
	if err := errors.Join(err, b.Save(t.Context(), "saved", "agent:ana")); err != nil {
		t.Fatal(err)
	}
	if gone, _, err := b.MakeRoom(t.Context(), 1<<30, time.Now().Add(-time.Hour)); err != nil || len(gone) != 0 {
		t.Errorf("younger than the minimum: %v, %v", ids(gone), err)
	}
	if gone, freed, err := b.MakeRoom(t.Context(), 1<<30, time.Now().Add(time.Hour)); err != nil || !cmp.Equal(ids(gone), []plan.RecordingID{"heard"}) || freed < sealed.Second {
		t.Errorf("for room: %v, %d bytes, %v", ids(gone), freed, err)
	}
	if gone, err := b.EraseSubject(t.Context(), "s1", "user:root"); err != nil || len(gone) != 2 {
		t.Errorf("of the caller: %v, %v", ids(gone), err)
	}
	if gone, err := b.EraseSubject(t.Context(), "", "user:root"); err != nil || len(gone) != 0 {
		t.Errorf("of nobody: %v, %v", ids(gone), err)
	}
	if gone, err := b.Expire(t.Context(), time.Now().Add(time.Hour)); err != nil || !cmp.Equal(ids(gone), []plan.RecordingID{"other"}) {
		t.Errorf("for their age: %v, %v", ids(gone), err)
	}
	if notices, err := b.Notices(t.Context(), "mail", 10); err != nil || len(notices) != 0 {
		t.Errorf("notices of what is gone: %+v, %v", notices, err)
	}
}

// FEATURES §9.5 (RGPD): a caller's messages go at once, the one they are saying too, and their keys are in no file of the directory.
func TestACallersMessagesAreErased(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	say(t, b, "m1", rouge, 2, true)
	say(t, b, "m2", rouge, 2, false) // being said
	say(t, b, "m3", voicemail.Origin{Box: "queue:rouge", Call: "c3", Subject: "s2"}, 2, true)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "voicemail.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]byte{}
	for _, id := range []string{"m1", "m2", "m3"} {
		var wrapped []byte
		if err := db.QueryRowContext(t.Context(), "SELECT wrapped FROM message WHERE id = ?", id).Scan(&wrapped); err != nil {
			t.Fatal(err)
		}
		keys[id] = wrapped
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	held := func(id string) (is bool) {
		for _, name := range []string{"voicemail.db", "voicemail.db-wal"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			is = is || err == nil && bytes.Contains(text, keys[id])
		}
		return is
	}
	if !held("m1") || !held("m2") {
		t.Fatal("the keys are nowhere before: this test proves nothing")
	}
	gone, err := b.EraseSubject(t.Context(), "s1", "user:root")
	if err != nil || len(gone) != 2 || held("m1") || held("m2") || !held("m3") {
		t.Errorf("%v, %v; keys: %v, %v, %v", ids(gone), err, held("m1"), held("m2"), held("m3"))
	}
	if m, err := b.Finish(t.Context(), "m2", 2000, ""); err != nil || m.State != voicemail.Erased || m.ErasedWhy != voicemail.WhySubject {
		t.Errorf("what they were saying: %+v, %v", m, err)
	}
	if all, err := b.List(t.Context(), voicemail.Query{}); err != nil || len(all) != 1 || all[0].ID != "m3" {
		t.Errorf("%v, %v", ids(all), err)
	}
}

// A lost key makes no message of nothing: what cannot be measured is not taken for a hang-up, and nothing is erased for the disk.
func TestAMessageWaitsForItsKey(t *testing.T) {
	dir := t.TempDir()
	b, err := voicemail.OpenBoxes(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	from := voicemail.Origin{Box: "queue:accueil", Call: "c1"}
	say(t, b, "whole", from, 3, true)
	say(t, b, "cut", from, 2, false)
	if _, err := b.Hear(t.Context(), "whole", "agent:ana"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "voicemail.key")
	key, err := os.ReadFile(path)
	if err := errors.Join(err, b.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	if n, err := b.Locked(t.Context()); n != 2 || err != nil {
		t.Errorf("%d do not open, %v", n, err)
	}
	gone, _, err := b.MakeRoom(t.Context(), 1<<40, time.Now().Add(time.Hour))
	if err != nil || len(gone) > 0 {
		t.Errorf("for room: %+v, %v", gone, err)
	}
	for id, want := range map[plan.RecordingID]voicemail.State{"whole": voicemail.Heard, "cut": voicemail.Open} {
		if m, err := b.Find(t.Context(), id); err != nil || m.State != want {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := b.Sweep(t.Context(), func() ([]plan.RecordingID, error) { return nil, nil }); err != nil || len(s.Closed) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if m, err := b.Find(t.Context(), "cut"); err != nil || m.State != voicemail.New || m.SoundMS != 2000 {
		t.Errorf("with its key: %+v, %v", m, err)
	}
	if n, err := b.Locked(t.Context()); n != 0 || err != nil {
		t.Errorf("%d do not open, %v", n, err)
	}
}
