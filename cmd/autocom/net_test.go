package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/steward"

	"github.com/creack/pty"
)

// wellNetwork answers, or not.
type wellNetwork struct{ err error }

func (w wellNetwork) Gateway(context.Context, netip.Addr) error { return w.err }
func (w wellNetwork) Server(context.Context, netip.Addr) error  { return w.err }

// aSteward serves a machine in memory for the command line, and says where.
func aSteward(t *testing.T, o steward.Options) (dir string, fake *steward.Fake) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	fake = steward.NewFake(steward.LogLine{At: time.Now(), Unit: steward.Core, Level: 3, Words: "no line", Cursor: "s=1"})
	o.State, o.Folder, o.Networkd, o.Machine, o.Clock, o.Journal = filepath.Join(dir, "steward"), t.TempDir(), fake, fake, fake, fake
	o.Socket = "eth0"
	s, err := steward.Serve(filepath.Join(dir, "run", "steward.sock"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir, fake
}

// typed runs a command as an installer types it. A nil in is no terminal.
func typed(t *testing.T, ctx context.Context, in io.Reader, dir string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(append(args, "--dir", dir))
	root.SetOut(&out)
	root.SetErr(&out)
	if in == nil {
		in = strings.NewReader("")
	}
	root.SetIn(in)
	err := root.ExecuteContext(ctx)
	if err != nil {
		out.WriteString(err.Error())
	}
	return out.String(), exitCode(err)
}

func TestNetFromTheCommandLine(t *testing.T) {
	dir, _ := aSteward(t, steward.Options{})
	ctx := t.Context()
	if out, code := typed(t, ctx, nil, dir, "net"); code != exitOK || !strings.Contains(out, "DHCP") {
		t.Errorf("%d: %s", code, out)
	}
	for _, wrong := range [][]string{{"--address", "10.0.0.300/24"}, {"--gateway", "10.0.0.1"}, {"--vlan", "5000"}} {
		if out, code := typed(t, ctx, nil, dir, append([]string{"net", "set", "--no-wait"}, wrong...)...); code != exitUsage || !strings.Contains(out, "not taken") {
			t.Errorf("%v: %d: %s", wrong, code, out)
		}
	}
	out, code := typed(t, ctx, nil, dir, "net", "set", "--no-wait", "--address", "10.0.0.2/24", "--gateway", "10.0.0.1", "--dns", "10.0.0.1,10.0.0.3")
	_, token, told := strings.Cut(out, "autocom net keep ")
	if code != exitOK || !told {
		t.Fatalf("%d: %s", code, out)
	}
	if out, code := typed(t, ctx, nil, dir, "net", "set", "--no-wait", "--vlan", "3"); code != exitRefused {
		t.Errorf("a second change: %d: %s", code, out)
	}
	if out, code := typed(t, ctx, nil, dir, "net", "keep", "guess"); code != exitRefused {
		t.Errorf("a guess: %d: %s", code, out)
	}
	if out, code := typed(t, ctx, nil, dir, "net", "keep", strings.TrimSpace(token)); code != exitOK || !strings.Contains(out, kept) {
		t.Errorf("%d: %s", code, out)
	}
	// What is not named stays; none empties.
	if out, code := typed(t, ctx, nil, dir, "net", "set", "--no-wait", "--dns", "none", "--vlan", "7"); code != exitOK || !strings.Contains(out, "10.0.0.2/24, gateway 10.0.0.1, VLAN 7\n") {
		t.Errorf("%d: %s", code, out)
	}
	if out, code := typed(t, ctx, nil, dir, "net", "revert"); code != exitOK || !strings.Contains(out, wentBack) {
		t.Errorf("%d: %s", code, out)
	}
	if out, code := typed(t, ctx, nil, dir, "net", "revert"); code != exitRefused {
		t.Errorf("%d: %s", code, out)
	}
}

func TestAScriptKeepsWhatPassesItsCheck(t *testing.T) {
	n := steward.Network{Trial: &steward.Trial{Settings: steward.Settings{Mode: steward.Static}}}
	if lacking(n) == "" {
		t.Error("nobody looked, and it is kept")
	}
	n.Trial.Checks = []steward.Check{{What: steward.CheckCable, Result: steward.Passed}, {What: steward.CheckGateway, Result: steward.Waiting}, {What: steward.CheckDNS, Result: steward.Waiting}}
	if got := lacking(n); got != "" {
		t.Errorf("without gateway and name server: %s", got)
	}
	n.Trial.Settings.Gateway = "10.0.0.1"
	if got := lacking(n); got != "gateway waiting" {
		t.Errorf("lacking %q", got)
	}
	// A steward that looks at a network without its cable: the script goes back and says what did not answer.
	dir, fake := aSteward(t, steward.Options{Probe: wellNetwork{errors.New("nobody")}, Trial: lastMoment})
	out, code := typed(t, t.Context(), nil, dir, "net", "set", "--vlan", "3", "--keep-after-check")
	if code != exitFailed || !strings.Contains(out, "goes back") {
		t.Errorf("%d: %s", code, out)
	}
	if got := strings.Join(fake.Trail(), ", "); got != "reload, delete autocom3, reload" {
		t.Errorf("the machine saw %s", got)
	}
}

func TestSomebodyAtATerminalKeepsOrGoesBack(t *testing.T) {
	for word, want := range map[string]struct {
		code int
		said string
	}{"keep\n": {exitOK, kept}, "garder\n": {exitOK, kept}, "r\n": {exitOK, wentBack}, "\x04": {exitFailed, "goes back"}} {
		dir, _ := aSteward(t, steward.Options{})
		far, near, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := far.WriteString(word); err != nil {
			t.Fatal(err)
		}
		out, code := typed(t, t.Context(), near, dir, "net", "set", "--vlan", "3")
		if code != want.code || !strings.Contains(out, want.said) {
			t.Errorf("%q: %d: %s", word, code, out)
		}
		if err := errors.Join(near.Close(), far.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestAStoppedCommandLeavesNoTrial(t *testing.T) {
	dir, _ := aSteward(t, steward.Options{})
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	ctx, stop := context.WithCancel(t.Context())
	client := steward.Dial(filepath.Join(dir, "run", "steward.sock"))
	defer client.Close()
	go func() {
		defer stop()
		for ctx.Err() == nil {
			if n, err := client.Network(ctx); err == nil && n.Trial != nil {
				return
			}
		}
	}()
	out, code := typed(t, ctx, near, dir, "net", "set", "--vlan", "3")
	if code == exitOK || !strings.Contains(out, "goes back") {
		t.Errorf("%d: %s", code, out)
	}
	if n, err := client.Network(t.Context()); err != nil || n.Trial != nil {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestLogsAndBox(t *testing.T) {
	dir, fake := aSteward(t, steward.Options{})
	if out, code := typed(t, t.Context(), nil, dir, "logs", "--unit", "core"); code != exitOK || !strings.Contains(out, "core     ERROR no line") {
		t.Errorf("%d: %s", code, out)
	}
	if out, code := typed(t, t.Context(), nil, dir, "logs", "--json"); code != exitOK || !strings.HasPrefix(out, "{") {
		t.Errorf("%d: %s", code, out)
	}
	for _, verb := range []string{"reboot", "poweroff"} {
		if out, code := typed(t, t.Context(), nil, dir, "box", verb, "--yes"); code != exitOK {
			t.Errorf("%d: %s", code, out)
		}
	}
	if got := strings.Join(fake.Trail(), ", "); !strings.HasSuffix(got, "reboot, poweroff") {
		t.Errorf("the machine saw %s", got)
	}
}
