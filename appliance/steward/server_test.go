package steward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/hwio/led"
)

// serve starts a steward on a fake box.
func serve(t *testing.T, change func(*Options)) (*Client, *Fake, Options) {
	t.Helper()
	fake := NewFake(LogLine{Unit: Core, Words: "ready", Cursor: "s=1"}, LogLine{Unit: Media, Words: "ready too"})
	o := Options{State: t.TempDir(), Folder: t.TempDir(), Networkd: fake, Machine: fake, Clock: fake, Journal: fake, Links: oneSocket(), Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	if change != nil {
		change(&o)
	}
	path := filepath.Join(t.TempDir(), "s")
	s, err := Serve(path, o)
	if err != nil {
		t.Fatal(err)
	}
	c := Dial(path)
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, fake, o
}

func entries(t *testing.T, dir string) []Entry {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, AuditFile))
	if err != nil {
		t.Fatal(err)
	}
	var all []Entry
	for line := range strings.Lines(string(text)) {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

func TestATrialOverTheSocket(t *testing.T) {
	c, _, o := serve(t, nil)
	ctx := t.Context()
	n, err := c.Network(ctx)
	if err != nil || !n.Ours || n.Settings.Mode != DHCP || n.Interface != "eth0" || !n.Cable || n.Trial != nil {
		t.Fatalf("%+v, %v", n, err)
	}
	var refused *ProblemsError
	if _, err := c.TryNetwork(ctx, static("192.168.1.10/24", "192.168.2.1")); !errors.As(err, &refused) || refused.Problems[0].Code != "gateway.outside" || refused.Problems[0].Remedy == "" {
		t.Errorf("err = %v", err)
	}
	trial, err := c.TryNetwork(ctx, second)
	if err != nil || len(trial.Token) != 32 || trial.WholeMS != 60_000 || time.Until(trial.Until) > time.Minute {
		t.Fatalf("%+v, %v", trial, err)
	}
	n, err = c.Network(ctx)
	if err != nil || n.Trial == nil || n.Trial.Token != "" || n.Trial.LeftMS <= 0 || !reflect.DeepEqual(n.Trial.Settings, second) || n.Settings.Mode != DHCP {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := c.KeepNetwork(ctx, "guess"); !errors.Is(err, ErrToken) {
		t.Errorf("a guessed token: %v", err)
	}
	if _, err := c.KeepNetwork(ctx, ""); !errors.Is(err, ErrToken) {
		t.Errorf("no token: %v", err)
	}
	if n, err = c.KeepNetwork(ctx, trial.Token); err != nil || n.Trial != nil || !reflect.DeepEqual(n.Settings, second) {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := c.RevertNetwork(ctx); !errors.Is(err, ErrNothing) {
		t.Errorf("err = %v", err)
	}
	text, err := os.ReadFile(filepath.Join(o.State, AuditFile))
	if err != nil || strings.Contains(string(text), trial.Token) {
		t.Errorf("the token is in the audit file (%v)", err)
	}
	var said []string
	for _, e := range entries(t, o.State) {
		if e.UID != uint32(os.Getuid()) || e.User == "" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		said = append(said, fmt.Sprint(e.Verb, " ", e.Outcome))
	}
	want := "network.try asked, network.try refused, network.try asked, network.try done, network.keep asked, network.keep refused, " +
		"network.keep asked, network.keep refused, network.keep asked, network.keep done, network.revert asked, network.revert refused"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("audit:\n%s\nwant\n%s", got, want)
	}
}

func TestTheMachinesVerbs(t *testing.T) {
	c, fake, o := serve(t, nil)
	ctx := t.Context()
	if err := errors.Join(c.Restart(ctx, Core), c.Reboot(ctx), c.PowerOff(ctx), c.SetTime(ctx, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))); err != nil {
		t.Fatal(err)
	}
	for _, u := range []Unit{Steward, "ssh", "core.service; reboot", ""} {
		if err := c.Restart(ctx, u); !errors.Is(err, ErrUnit) {
			t.Errorf("restart %q: %v", u, err)
		}
	}
	for _, at := range []time.Time{{}, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), o.Built.Add(-time.Second), o.Built.Add(reach + time.Second)} {
		if err := c.SetTime(ctx, at); !errors.Is(err, ErrClock) || !strings.Contains(err.Error(), "check the year") {
			t.Errorf("time %s: %v", at, err)
		}
	}
	lines, err := c.Logs(ctx, LogQuery{Units: []Unit{Core, Media}, Lines: 1})
	if err != nil || len(lines) != 1 || lines[0].Words != "ready too" {
		t.Errorf("%v, %v", lines, err)
	}
	if _, err := c.Logs(ctx, LogQuery{Units: []Unit{"ssh"}}); !errors.Is(err, ErrLogUnit) {
		t.Errorf("logs of ssh: %v", err)
	}
	if got, want := strings.Join(fake.Trail(), ", "), "restart autocom-core.service, reboot, poweroff, time 2026-11-23T10:00:00Z, lines"; got != want {
		t.Errorf("the box saw %s, want %s", got, want)
	}
	broken := errors.New("systemd refused: no such unit")
	fake.Fail("restart", broken)
	if err := c.Restart(ctx, Media); err == nil || !strings.Contains(err.Error(), "no such unit") {
		t.Errorf("err = %v", err)
	}
	if all := entries(t, o.State); all[len(all)-1].Outcome != Broken || all[len(all)-1].Words != broken.Error() {
		t.Errorf("last line %+v", all[len(all)-1])
	}
}

func TestLampsAreLitOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lamps := led.NewFake("alarm", "status")
		d := &desk{Options: Options{Lamps: lamps, Table: led.OneLamp("status")}, lamps: make(chan struct{}, 1)}
		began := time.Now()
		if err := d.testLamps(t.Context()); err != nil {
			t.Error(err)
		}
		if got, want := strings.Join(lamps.Trail(), ", "), "alarm off, status off, alarm steady, alarm off, status steady, status off, status steady"; got != want {
			t.Errorf("lamps: %s, want %s", got, want)
		}
		if took := time.Since(began); took != 2*lampTime {
			t.Errorf("took %s", took)
		}
		d.lamps <- struct{}{}
		if err := d.testLamps(t.Context()); !errors.Is(err, ErrOften) {
			t.Errorf("a second test: %v", err)
		}
	})
}

func TestADevelopersMachineIsNotOurs(t *testing.T) {
	c, _, _ := serve(t, func(o *Options) { o.Networkd, o.Machine, o.Clock, o.Journal = nil, nil, nil, nil })
	ctx := t.Context()
	n, err := c.Network(ctx)
	if err != nil || n.Ours || n.Why != ErrNotOurs.Error() || n.Interface != "eth0" {
		t.Errorf("%+v, %v", n, err)
	}
	_, try := c.TryNetwork(ctx, first)
	_, keep := c.KeepNetwork(ctx, "x")
	_, revert := c.RevertNetwork(ctx)
	_, logs := c.Logs(ctx, LogQuery{})
	for name, err := range map[string]error{"try": try, "keep": keep, "revert": revert, "logs": logs, "reboot": c.Reboot(ctx), "poweroff": c.PowerOff(ctx), "restart": c.Restart(ctx, Core), "time": c.SetTime(ctx, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))} {
		if !errors.Is(err, ErrNotOurs) || err.Error() != ErrNotOurs.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.TestLamps(ctx); !errors.Is(err, ErrNoLamps) {
		t.Errorf("lamps: %v", err)
	}
}

// post asks as a stranger's program would.
func post(t *testing.T, c *Client, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://steward"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestOnlyTheListOfVerbs(t *testing.T) {
	c, fake, _ := serve(t, nil)
	for _, bad := range []struct {
		path, body string
		status     int
	}{
		{"/v1/shell", "{}", 404},
		{"/v1/reboot/now", "{}", 404},
		{"/v1/reboot", "", 400},
		{"/v1/reboot", `{"force":true}`, 400},
		{"/v1/reboot", `{} {}`, 400},
		{"/v1/restart", `{"unit":["core"]}`, 400},
		{"/v1/network.try", `{"mode":"dhcp","routes":[]}`, 400},
		{"/v1/network.try", `{"dns":["` + strings.Repeat("x", maxBody) + `"]}`, 400},
		{"/v1/time.set", `{"at":"yesterday"}`, 400},
	} {
		if status, text := post(t, c, bad.path, bad.body); status != bad.status {
			t.Errorf("%s %.40s: %d %s", bad.path, bad.body, status, text)
		}
	}
	if got := fake.Trail(); len(got) != 0 {
		t.Errorf("the box saw %v", got)
	}
	resp, err := c.http.Get("http://steward/v1/reboot")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s, %v", resp.Status, err)
	}
}

// askAs calls the handler as a peer the kernel vouches for would, without a socket.
func askAs(d *desk, uid uint32, v Verb, body string) (int, wireError) {
	r, err := http.NewRequestWithContext(context.WithValue(context.Background(), peerKey{}, uid), http.MethodPost, "http://steward"+v.path(), strings.NewReader(body))
	if err != nil {
		return 0, wireError{Error: err.Error()}
	}
	w := &recorder{header: http.Header{}}
	d.serve(w, r, v)
	var e wireError
	if err := json.Unmarshal(w.body, &e); err != nil {
		e.Error = string(w.body)
	}
	return w.status, e
}

type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header             { return r.header }
func (r *recorder) WriteHeader(status int)          { r.status = status }
func (r *recorder) SetReadDeadline(time.Time) error { return nil }
func (r *recorder) Write(p []byte) (int, error) {
	r.body = append(r.body, p...)
	return len(p), nil
}

func newDesk(t *testing.T, fake *Fake) *desk {
	t.Helper()
	dir := t.TempDir()
	a, err := openAudit(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return &desk{Options: Options{State: dir, Machine: fake, Journal: fake, Links: oneSocket(), Log: slog.New(slog.DiscardHandler)}, audit: a, rates: newRates(), allowed: map[uint32]bool{0: true, 900: true}, slots: make(chan struct{}, MaxRequests)}
}

func TestStrangersAreRefusedAndWrittenDown(t *testing.T) {
	fake := NewFake()
	d := newDesk(t, fake)
	for range 3 {
		if status, e := askAs(d, 1000, VerbReboot, "{}"); status != 403 || e.Code != "who" {
			t.Errorf("a stranger: %d %+v", status, e)
		}
	}
	if status, e := askAs(d, 900, VerbReboot, "{}"); status != 200 {
		t.Errorf("a user that may: %d %+v", status, e)
	}
	if got := fake.Trail(); len(got) != 1 {
		t.Errorf("the box saw %v", got)
	}
	all := entries(t, d.State)
	if len(all) != 3 || all[0].UID != 1000 || all[0].Outcome != Refused {
		t.Errorf("a stranger who insists is to be one line a minute: %+v", all)
	}
}

func TestEachUserIsRateLimited(t *testing.T) {
	d := newDesk(t, NewFake())
	for n := range writeBurst + 1 {
		status, e := askAs(d, 0, VerbReboot, "{}")
		if n < writeBurst && status != 200 || n == writeBurst && (status != 429 || e.Code != "often") {
			t.Errorf("request %d: %d %+v", n, status, e)
		}
	}
	if status, _ := askAs(d, 900, VerbReboot, "{}"); status != 200 {
		t.Errorf("another user waits too: %d", status)
	}
	r, now := newRates(), time.Now()
	for range writeBurst {
		r.take(1, false, now)
	}
	if r.take(1, false, now.Add(writeRefill-1)) || !r.take(1, false, now.Add(writeRefill)) || r.take(1, false, now.Add(writeRefill)) {
		t.Error("the bucket does not fill by one at its time")
	}
}

func TestNothingIsDoneThatCannotBeAudited(t *testing.T) {
	fake := NewFake()
	d := newDesk(t, fake)
	if err := d.audit.close(); err != nil {
		t.Fatal(err)
	}
	if status, e := askAs(d, 0, VerbRestart, `{"unit":"core"}`); status != 507 || e.Code != "audit" {
		t.Errorf("%d %+v", status, e)
	}
	// A box whose disk is full must still restart.
	if status, e := askAs(d, 0, VerbReboot, "{}"); status != 200 {
		t.Errorf("%d %+v", status, e)
	}
	if got := fake.Trail(); len(got) != 1 || got[0] != "reboot" {
		t.Errorf("the box saw %v", got)
	}
}

func TestServeReplacesALeftSocketAndNotALiveOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Serve(path, Options{State: t.TempDir(), Links: oneSocket()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(path, Options{State: t.TempDir(), Links: oneSocket()}); err == nil || !strings.Contains(err.Error(), "another steward") {
		t.Errorf("a second steward: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Dial(path).Network(t.Context()); !errors.Is(err, ErrNoSteward) {
		t.Errorf("a steward that is gone: %v", err)
	}
	if _, err := Serve(path, Options{}); err == nil {
		t.Error("a steward without a folder")
	}
}
