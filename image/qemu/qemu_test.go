package qemu

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMachineIsEmulatedAndOpenToThisMachineOnly(t *testing.T) {
	o := Options{Disk: "d", Dir: "/tmp/x", SIP: "127.0.0.1:5060", RTP: [2]int{16384, 16385}, Advertised: "127.0.0.1"}
	program, args, err := o.command()
	if err != nil || program != "qemu-system-x86_64" {
		t.Fatal(program, err)
	}
	line := strings.Join(args, " ")
	for _, want := range []string{
		"-accel tcg,thread=multi", "-nodefaults", "hostfwd=udp:127.0.0.1:5060-:5060", "hostfwd=tcp:127.0.0.1:5060-:5060", "hostfwd=udp:127.0.0.1:16385-:16385",
		"advertised=127.0.0.1 rtp=16384-16385", "watchdog=reset", "-no-reboot",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("the command lacks %q: %s", want, line)
		}
	}
	if strings.Contains(line, "kvm") {
		t.Error("the command asks for KVM")
	}
	if slices.Contains(args, "hostfwd=udp::5060-:5060") {
		t.Error("a port is open to the network")
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	good := Options{Disk: "d", Dir: "/tmp/x", SIP: "127.0.0.1:5060"}
	for name, change := range map[string]func(*Options){
		"open to all":   func(o *Options) { o.SIP = "0.0.0.0:5060" },
		"no address":    func(o *Options) { o.SIP = "5060" },
		"ports back":    func(o *Options) { o.RTP = [2]int{20, 10} },
		"many ports":    func(o *Options) { o.RTP = [2]int{10000, 20000} },
		"no disk":       func(o *Options) { o.Disk = "" },
		"long path":     func(o *Options) { o.Dir = "/" + strings.Repeat("x", 100) },
		"architecture":  func(o *Options) { o.Arch = "mips" },
		"open web":      func(o *Options) { o.Forward = []Forward{{"0.0.0.0:80", 80}} },
		"RTP alone":     func(o *Options) { o.SIP, o.RTP = "", [2]int{16384, 16390} },
		"unread serial": func(o *Options) { o.Arch, o.LeaveConsole = "arm64", true },
	} {
		o := good
		change(&o)
		if _, _, err := o.command(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestLineIsWaitedForInOrder(t *testing.T) {
	guest, host := net.Pipe()
	l := newLine(host, nil)
	done := make(chan struct{})
	go func() { defer close(done); l.drain() }()
	if _, err := guest.Write([]byte("login: Password: autocom: READY v1\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.WaitFor(regexp.MustCompile("Password: "), time.Minute); err != nil {
		t.Error(err)
	}
	found, err := l.WaitFor(regexp.MustCompile(`READY (\S+)`), time.Minute)
	if err != nil || found[1] != "v1" {
		t.Errorf("got %q, %v", found, err)
	}
	if err := guest.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.WaitFor(regexp.MustCompile("login"), time.Minute); !errors.Is(err, ErrEnded) {
		t.Errorf("what was passed was found again, or the end was not seen: %v", err)
	}
	<-done
}

func TestCopyKeepsTheDiskAndItsHoles(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	b := make([]byte, 300<<10)
	copy(b[200<<10:], "sound")
	if err := os.WriteFile(from, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := copySparse(to, from); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to); err != nil || !slices.Equal(got, b) {
		t.Errorf("the copy differs, %v", err)
	}
}
