//go:build interop

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
)

// A planned restart withdraws the offer that rings and makes another; the caller hears music all along.
func TestInteropPlannedRestartOffersAgain(t *testing.T) {
	o := open(t, "", 20*time.Second)
	o.phone("201", phone.Manners{After: time.Hour})
	carrier, err := ua.Listen(ua.Config{Listen: o.Carrier, Box: o.SIP, Name: "carrier"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = carrier.Close() }()
	l, err := line.Place(carrier, ua.Invite{To: serviceNumber, From: "0612345678"}, line.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Wait(o.ctx, ua.Answered); err != nil {
		t.Fatal(err)
	}
	o.until("the phone's ringing", func(fs facts) bool { return len(fs.of("leg.ringing")) == 1 })
	l.Flow.ResetGap()
	if a := o.box.Do(o.ctx, "restart"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	o.until("the second ringing", func(fs facts) bool { return len(fs.of("leg.ringing")) == 2 })
	if s, err := l.Listen(o.ctx, time.Second); err != nil || s.Silent() { // longer than the pauses of the recorded welcome
		t.Errorf("after the restart the caller hears %+v: %v", s, err)
	}
	if s := l.Flow.Stats(); s.MaxGap > 100*time.Millisecond || s.Sources != 1 || s.Lost > 0 {
		t.Errorf("the music was broken: %+v", s)
	}
	l.Call.HangUp()
	fs := o.until("the call's end", func(fs facts) bool { return len(fs.of("call.ended")) > 0 })
	fs.one(t, "call.opened")
	want(t, fs.one(t, "call.ended"), "outcome", "cancelled")
	fs.one(t, "visit.entered")
	if got := outcomes(fs); len(got) != 2 || got[1] != "cancelled" {
		t.Errorf("offers %v", got)
	}
}

// again starts the box anew in the same place.
func (o *office) again() {
	o.t.Helper()
	var err error
	if o.box, err = box.Start(program(o.t), o.dir, filepath.Join(o.dir, "site.yaml"), "info"); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.box.Ready(o.ctx); err != nil {
		o.t.Fatal(err)
	}
}

// Bad input: a journal cut in the middle.
func TestInteropTornJournal(t *testing.T) {
	f := openFloor(t, 2, nil)
	f.hangUp(f.bridge(2))
	f.until("both ends", func(fs facts) bool { return len(fs.of("call.ended")) == 2 })
	f.box.Close()
	path := filepath.Join(f.dir, "journal", "journal.db")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte("bridge.parted"))
	if at < 0 {
		t.Fatal("the journal's file does not hold its facts in clear")
	}
	page := at / 4096 * 4096
	copy(text[page:page+4096], bytes.Repeat([]byte{0xA5}, 4096)) // a page that the disk lost
	if err := os.WriteFile(path, text[:len(text)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	f.again()
	f.hangUp(f.bridge(2))
	fs := f.until("the loss as a fact, and the new calls", func(fs facts) bool { return len(fs.of("facts.lost")) > 0 && len(fs.of("call.ended")) >= 2 })
	t.Logf("the loss: %s", fs.of("facts.lost"))
	if a := f.box.Do(f.ctx, "status"); a.Code != 0 || !strings.Contains(a.Out, "journal was damaged") {
		t.Errorf("%+v", a)
	}
}

// Bad input: a disk that is full. Calls go on, the losses are counted, and the status says so.
func TestInteropFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Fatalf("a small disk needs the right to mount (%v): run as root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	b := branch.Branch{
		Name: "Disque", SIP: free(t, "127.0.0.1"), Carrier: free(t, "127.0.0.2"), RTPFirst: 20000, RTPLast: 21999, MaxCalls: 20,
		Phones:   []branch.Phone{{Number: desk(0), Name: "Poste", Secret: branch.Secret()}},
		Services: []branch.Service{{Number: direct(0), Name: "Ligne", Extension: desk(0)}},
	}
	f := furnish(t, start(t, b, disk))
	f.hangUp(f.bridge(1))
	filler := filepath.Join(disk, "filler")
	file, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := 1 << 20; chunk > 0; {
		if _, err := file.Write(make([]byte, chunk)); err != nil {
			chunk /= 2
		}
	}
	_ = file.Close()
	calls := 0
	for trouble := ""; trouble == ""; {
		all := f.bridge(1) // fails the test when a call does not work
		f.hangUp(all)
		calls++
		a := f.box.Do(f.ctx, "status", "--json")
		var s struct {
			Journal struct {
				Healthy bool   `json:"healthy"`
				Trouble string `json:"trouble"`
			} `json:"journal"`
		}
		if err := json.Unmarshal([]byte(a.Out), &s); err != nil {
			t.Fatalf("%v: %+v", err, a)
		}
		if !s.Journal.Healthy {
			trouble = s.Journal.Trouble
		}
		if f.ctx.Err() != nil {
			t.Fatalf("%d calls on a full disk, and the status says nothing", calls)
		}
	}
	f.hangUp(f.bridge(1)) // and it goes on
	t.Logf("%d calls on the full disk until the status says: %s", calls, f.box.Do(f.ctx, "status").Out[:400])
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	fs := f.until("the facts after the disk has room again", func(fs facts) bool { return len(fs.of("call.ended"))+len(fs.of("facts.lost")) > calls })
	t.Logf("%d calls ended in the journal of %d, losses: %s", len(fs.of("call.ended")), calls+2, fs.of("facts.lost"))
	if len(fs.of("call.ended")) < calls+2 && len(fs.of("facts.lost")) == 0 {
		t.Error("facts are missing and no fact says so")
	}
}

// Bad input: the SIP port is taken. The box says so and ends.
func TestInteropSIPPortTaken(t *testing.T) {
	b := branch.Demo(free(t, "127.0.0.1"), free(t, "127.0.0.2"))
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(b.SIP))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	dir := t.TempDir()
	document, err := b.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	x, err := box.Start(program(t), dir, document, "info")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	select {
	case <-x.Ended():
	case <-time.After(50 * time.Second):
		t.Fatal("the box did not end")
	}
	if words := x.LastWords(); !strings.Contains(words, "SIP cannot listen on "+b.SIP.String()) || !strings.Contains(words, "another telephone program") {
		t.Error(words)
	}
	if _, err := x.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Error(err)
	}
}

// Bad input: no RTP port is left. The call that finds none is refused, the others go on.
func TestInteropRTPPortsExhausted(t *testing.T) {
	for port := 23008; port <= 23011; port++ { // room for three calls, but another program has a third of it
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	f := openFloor(t, 3, func(b *branch.Branch) { b.RTPFirst, b.RTPLast, b.MaxCalls = 23000, 23011, 3 })
	all := f.bridge(2)
	l, err := line.Place(f.carrier, ua.Invite{To: direct(2), From: "0612345678"}, line.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := l.Wait(f.ctx, ua.Refused)
	if err != nil {
		t.Fatal(err)
	}
	if e.Code != 503 && e.Code != 480 && e.Code != 500 {
		t.Errorf("refused with %s", e)
	}
	t.Logf("the third call: %s", e)
	f.hear(all, 5*time.Second)
	f.hangUp(all)
	// A port rests for a while before it is given again; then calls work.
	for {
		l, err := line.Place(f.carrier, ua.Invite{To: direct(2), From: "0612345678"}, line.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Wait(f.ctx, ua.Answered, ua.Refused)
		l.Close()
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == ua.Answered {
			break
		}
	}
	endedOnce(t, f.until("the ends", func(fs facts) bool { return len(fs.of("call.ended")) == len(fs.of("call.opened")) && len(fs) > 4 }))
}

// Bad input: RTP from strangers is not heard, and it is counted.
func TestInteropStrangersAreNotHeard(t *testing.T) {
	f := openFloor(t, 1, nil)
	all := f.bridge(1)
	stranger, err := rtpflow.Open(f.Carrier.Addr().Next().Next())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	stranger.Play(line.Tone(900))
	stranger.Start(all[0].caller.Flow.Stats().From, g711.ALaw, 101)
	for stranger.Stats().Sent < 50 {
		if s, err := all[0].called.Listen(f.ctx, 200*time.Millisecond); err != nil || !s.Near(callerTone(0)) {
			t.Errorf("the called hears %+v: %v", s, err)
		}
	}
	stranger.Sending(false)
	if got := stranger.Stats().Received; got != 0 {
		t.Errorf("the stranger was sent %d packets", got)
	}
	f.hangUp(all)
	f.until("the count of strangers", func(fs facts) bool {
		for _, q := range fs.of("leg.quality") {
			var n int
			if _, err := fmt.Sscan(q.Field("strangers"), &n); err == nil && n >= 45 {
				t.Logf("%d strangers counted", n)
				return true
			}
		}
		return false
	})
}

// Bad input: a document with mistakes is told whole, and the one in force stays; running calls keep their revision.
func TestInteropBadDocumentIsNotTaken(t *testing.T) {
	f := openFloor(t, 2, nil)
	all := f.bridge(1)
	path := filepath.Join(f.dir, "site.yaml")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mistakes, err := os.ReadFile("../../appliance/site/testdata/twenty-mistakes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, mistakes, 0o600); err != nil {
		t.Fatal(err)
	}
	// A document is checked when it can be read: its first mistakes are those of spelling.
	told := 0
	for range 2 {
		a := f.box.Do(f.ctx, "check-site", path)
		told += strings.Count(a.Err, "\n  ")
		b := f.box.Do(f.ctx, "reload")
		if a.Code != 4 || b.Code != 4 || strings.Count(a.Err, "\n  ") != strings.Count(b.Err, "\n  ") {
			t.Errorf("check-site: %+v; reload: %+v", a, b)
		}
		mended := strings.NewReplacer("secrt:", "secret:", "number: 202", `number: "202"`, "  rtp: wide\n", "", `max_length: "many"`, "max_length: 3",
			"ring: 20\n", "ring: 1s\n", "queuess: []\n", "").Replace(string(mistakes))
		if err := os.WriteFile(path, []byte(mended), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if told < 20 {
		t.Errorf("%d problems of twenty were told", told)
	}
	f.hear(all, 5*time.Second)
	// A good document: the call that runs keeps its own.
	if err := os.WriteFile(path, []byte(strings.Replace(string(good), `"Étage"`, `"Deuxième étage"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := f.box.Do(f.ctx, "reload"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	f.hear(all, 5*time.Second)
	f.hangUp(all)
	f.hangUp(f.bridge(2)[1:])
	fs := f.until("the ends", func(fs facts) bool { return len(fs.of("call.ended")) >= 2 })
	applied, opened := fs.of("site.applied"), fs.of("call.opened")
	if len(applied) != 2 || len(opened) != 3 {
		t.Fatalf("%d documents, %d calls: %s", len(applied), len(opened), fs)
	}
	want(t, opened[0], "revision", applied[0].Field("revision"))
	want(t, opened[2], "revision", applied[1].Field("revision"))
}

// Bad input: no permission for real-time scheduling. The box warns, says the remedy, and works.
func TestInteropWithoutRealTime(t *testing.T) {
	wrapper := filepath.Join(t.TempDir(), "autocom")
	text := fmt.Sprintf("#!/bin/sh\nulimit -r 0\nexec setpriv --bounding-set -sys_nice -- %s \"$@\"\n", program(t))
	if err := os.WriteFile(wrapper, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AUTOCOM_BIN", wrapper)
	f := openFloor(t, 1, nil)
	f.hangUp(f.bridge(1))
	if words := f.box.LastWords(); !strings.Contains(words, "no real-time scheduling") || !strings.Contains(words, "CAP_SYS_NICE") {
		t.Error(words)
	}
}
