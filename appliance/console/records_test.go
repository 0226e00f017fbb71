package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

// fakeRecords writes down what it is asked.
type fakeRecords struct {
	asked  []string
	refuse error
}

func (f *fakeRecords) ask(format string, args ...any) error {
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	return f.refuse
}

func (f *fakeRecords) Recordings(_ context.Context, q RecordsQuery) ([]Recording, error) {
	return []Recording{{ID: "r1", SoundMS: 1500, Segments: []Segment{{SoundMS: 1000, Until: "hold"}, {OffsetMS: 1000, SoundMS: 500}}}}, f.ask("recordings %+v", q)
}

func (f *fakeRecords) Recording(_ context.Context, id string) (Recording, error) {
	return Recording{ID: id}, f.ask("recording %s", id)
}

func (f *fakeRecords) ReadRecording(_ context.Context, id, by, how string, w io.Writer) error {
	if err := f.ask("read %s %s %s", id, by, how); err != nil {
		return err
	}
	_, err := w.Write([]byte("RIFF"))
	return err
}

func (f *fakeRecords) KeepRecording(_ context.Context, id string, keep bool, by string) error {
	return f.ask("keep %s %v %s", id, keep, by)
}

func (f *fakeRecords) EraseRecording(_ context.Context, id, by string) error {
	return f.ask("erase %s %s", id, by)
}

func (f *fakeRecords) Messages(_ context.Context, q RecordsQuery) ([]VoiceMessage, error) {
	return []VoiceMessage{{ID: "m1", Box: q.Box}}, f.ask("messages %+v", q)
}

func (f *fakeRecords) ReadMessage(_ context.Context, id, by, how string, w io.Writer) error {
	_, err := w.Write([]byte("RIFF"))
	return errors.Join(f.ask("read message %s %s %s", id, by, how), err)
}

func (f *fakeRecords) MarkMessage(_ context.Context, id, state, by string) error {
	return f.ask("mark %s %s %s", id, state, by)
}

func (f *fakeRecords) EraseMessage(_ context.Context, id, by string) error {
	return f.ask("erase message %s %s", id, by)
}

func (f *fakeRecords) ExportCaller(_ context.Context, number, by string, w io.Writer) error {
	if err := f.ask("export caller %s %s", number, by); err != nil {
		return err
	}
	_, err := w.Write([]byte("PK"))
	return err
}

func (f *fakeRecords) Callbacks(context.Context) ([]Callback, error) {
	return []Callback{{ID: "k1", WaitMS: 5}}, f.ask("callbacks")
}

func (f *fakeRecords) EraseCaller(_ context.Context, number, by string) (Forgotten, error) {
	return Forgotten{Subject: "s1", Recordings: 2, Messages: 1}, f.ask("erase caller %s %s", number, by)
}

// Every command about recordings reaches the box with who asks, and its answer comes back.
func TestRecordsOverTheSocket(t *testing.T) {
	box := &fakeBox{}
	c := serve(t, box)
	ctx := t.Context()
	since := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	q := RecordsQuery{Call: "c1", Queue: "rouge", Agent: "ana", Caller: "+33612345678", Since: since, Present: true, Most: 7}
	all, err := c.Recordings(ctx, q)
	if err != nil || len(all) != 1 || len(all[0].Segments) != 2 || all[0].Segments[0].Until != "hold" {
		t.Errorf("%+v, %v", all, err)
	}
	one, err := c.Recording(ctx, "r/1")
	messages, err2 := c.Messages(ctx, RecordsQuery{Box: "queue:rouge"})
	gone, err3 := c.EraseCaller(ctx, "+33 6 12")
	if err := errors.Join(
		err, err2, err3, c.ReadRecording(ctx, "r1", "play", &out), c.ReadRecording(ctx, "r1", "export", &out), c.KeepRecording(ctx, "r1", true), c.KeepRecording(ctx, "r2", false),
		c.EraseRecording(ctx, "r1"), c.ReadMessage(ctx, "m1", "play", &out), c.MarkMessage(ctx, "m1", "saved"), c.EraseMessage(ctx, "m1"), c.ExportCaller(ctx, "0612345678", &out),
	); err != nil {
		t.Fatal(err)
	}
	if one.ID != "r/1" || len(messages) != 1 || messages[0].Box != "queue:rouge" || gone.Recordings != 2 || out.String() != "RIFFRIFFRIFFPK" {
		t.Errorf("%+v, %+v, %+v, %q", one, messages, gone, out.String())
	}
	me := asked(t, box)
	for _, want := range []string{
		fmt.Sprintf("recordings %+v", q), "recording r/1", "messages {Call: Queue: Agent: Caller: Box:queue:rouge", "erase caller +33 6 12 " + me, "read r1 " + me + " play",
		"read r1 " + me + " export", "keep r1 true " + me, "keep r2 false " + me, "erase r1 " + me, "read message m1 " + me + " play", "mark m1 saved " + me,
		"erase message m1 " + me, "export caller 0612345678 " + me,
	} {
		if !strings.Contains(strings.Join(box.asked, "\n"), want) {
			t.Errorf("the box was not asked %q:\n%s", want, strings.Join(box.asked, "\n"))
		}
	}
	if all, err := c.Callbacks(ctx); err != nil || len(all) != 1 || all[0] != (Callback{ID: "k1", WaitMS: 5}) {
		t.Errorf("callbacks: %+v, %v", all, err)
	}
	if err := c.MarkMessage(ctx, "m1", "new"); err == nil || !strings.Contains(err.Error(), "heard or saved") {
		t.Errorf("a state nobody can ask for: %v", err)
	}
	if _, err := c.Recordings(ctx, RecordsQuery{Most: mostRecords + 1}); err == nil {
		t.Error("a list without end")
	}
	box.fakeRecords.refuse = &Refused{Reasons: []fact.Reason{{Code: "recording.erased", Detail: "its key is gone"}}}
	var refused *Refused
	if err := c.KeepRecording(ctx, "r1", true); !errors.As(err, &refused) || refused.Reasons[0].Code != "recording.erased" {
		t.Errorf("a refusal: %v", err)
	}
	if err := c.ReadRecording(ctx, "r1", "play", &out); !errors.As(err, &refused) || refused.Reasons[0].Code != "recording.erased" {
		t.Errorf("a refusal instead of a file: %v", err)
	}
	box.fakeRecords.refuse = fmt.Errorf("number: %w", ErrNotFound)
	if err := c.ExportCaller(ctx, "1", &out); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody's number: %v", err)
	}
}

// brokenExport is a box whose disk fails in the middle of a file.
type brokenExport struct{ fakeBox }

func (*brokenExport) ExportCaller(_ context.Context, _, _ string, w io.Writer) error {
	_, err := w.Write(bytes.Repeat([]byte("PK"), 64<<10)) // more than what waits in buffers
	return errors.Join(err, errors.New("the disk is gone"))
}

// An export that breaks off is an error to who asked for it, and the log tells what broke off without telling whose it was.
func TestAnExportThatBreaksOffNamesNobodyInTheLog(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "console.sock")
	s, err := Serve(path, &brokenExport{}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c := Dial(path)
	if err := c.ExportCaller(t.Context(), "0612345678", io.Discard); err == nil {
		t.Error("half a file is taken for a whole one")
	}
	c.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "broke off") || !strings.Contains(text, "the disk is gone") || strings.Contains(text, "0612345678") {
		t.Error(text)
	}
}

// asked is the user of this test as facts name them.
func asked(t *testing.T, box *fakeBox) string {
	t.Helper()
	for _, a := range box.asked {
		if who, is := strings.CutPrefix(a, "erase r1 "); is {
			if !strings.HasPrefix(who, "user:") && !strings.HasPrefix(who, "uid:") {
				t.Errorf("asked by %q", who)
			}
			return who
		}
	}
	t.Fatal("nobody asked")
	return ""
}
