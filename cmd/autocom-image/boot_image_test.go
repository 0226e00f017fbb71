//go:build image

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"autocom/image/layout"
	"autocom/image/qemu"
	"autocom/image/slot"
)

// build makes an image in a directory, or ends the test.
func build(t *testing.T, arch, out string) result {
	t.Helper()
	r := recipe{arch: arch, out: out, cache: cacheDir(), version: "test", log: t.Output()}
	made, err := r.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func hash(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s, err := sum(f, 0, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", s)
}

// shortDir is a directory whose sockets' names fit.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "box")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// env reads the boot loader's environment out of a machine's disk.
func env(t *testing.T, disk string) slot.State {
	t.Helper()
	b, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	// The file is the one sector that begins as an environment does and can be read.
	for at := 0; at < layout.Align+int(layout.Standard().ESP); at += layout.Sector {
		if s, err := slot.Decode(b[at : at+slot.EnvSize]); err == nil {
			return s
		}
	}
	t.Fatal("the disk has no environment of a boot loader")
	return slot.State{}
}

// asked puts a question to the box's SIP port from outside, over UDP, until it answers.
func asked(address string) error {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	question := "OPTIONS sip:" + address + " SIP/2.0\r\nVia: SIP/2.0/UDP " + conn.LocalAddr().String() + ";branch=z9hG4bKboot;rport\r\n" +
		"From: <sip:boot@127.0.0.1>;tag=1\r\nTo: <sip:" + address + ">\r\nCall-ID: boot\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
	b := make([]byte, 2000)
	for range 30 {
		if _, err = conn.Write([]byte(question)); err != nil {
			continue // nothing listens yet
		}
		if err = conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return err
		}
		var n int
		if n, err = conn.Read(b); err == nil {
			if !bytes.HasPrefix(b[:n], []byte("SIP/2.0 ")) {
				return fmt.Errorf("the box answers %q", b[:min(n, 100)])
			}
			return nil
		}
	}
	return fmt.Errorf("the box does not answer at %s: %w", address, err)
}

// TestFirmwareBootsToReadyTwiceTheSame builds the disk twice, starts it to READY, cuts its power and starts it again.
func TestFirmwareBootsToReadyTwiceTheSame(t *testing.T) {
	out := t.TempDir()
	made := build(t, "amd64", filepath.Join(out, "one"))
	first, again := hash(t, made.Disk), hash(t, build(t, "amd64", filepath.Join(out, "two")).Disk)
	if first != again {
		t.Errorf("two builds differ: %s and %s", first, again)
	}
	t.Logf("sha256 %s", first)

	ready := regexp.MustCompile(readyWords)
	o := qemu.Options{Disk: made.Disk, Dir: shortDir(t), SIP: "127.0.61.1:15061", RTP: [2]int{26384, 26447}, Advertised: "127.0.61.1", Log: t.Output()}
	before := env(t, made.Disk)
	for _, end := range []func(*qemu.Machine) error{
		func(m *qemu.Machine) error { return m.PowerCut() },
		func(m *qemu.Machine) error { return m.Shutdown(3 * time.Minute) },
	} {
		start := time.Now()
		m, err := qemu.Start(context.WithoutCancel(t.Context()), o)
		if err != nil {
			t.Fatal(err)
		}
		found, err := m.Log().WaitFor(ready, readyTime)
		if err != nil {
			_ = m.PowerCut()
			t.Fatal(err)
		}
		t.Logf("READY after %.0f s", time.Since(start).Seconds())
		if found[1] != "test" || found[2] != "A" {
			t.Errorf("it says version %s, slot %s; want test, A", found[1], found[2])
		}
		if _, err := m.Log().WaitFor(regexp.MustCompile("autocom: slot confirmed"), time.Minute); err != nil {
			t.Error(err)
		}
		if err := asked(o.SIP); err != nil {
			t.Error(err)
		}
		if err := end(m); err != nil {
			t.Error(err)
		}
	}
	if got := env(t, filepath.Join(o.Dir, "disk.img")); got.Places[slot.A] != (slot.Place{Condition: slot.Good, Left: slot.Tries}) || before == got {
		t.Errorf("after two starts the environment says %+v, want slot A good with all its tries", got)
	}
	if sumNow := hash(t, made.Disk); sumNow != first {
		t.Error("the machine wrote on the built image")
	}
}

// TestFirmwareThatCannotStartIsTriedThreeTimes writes over slot A's root: each start takes a try, says why in words, and ends.
func TestFirmwareThatCannotStartIsTriedThreeTimes(t *testing.T) {
	made := build(t, "amd64", t.TempDir())
	disk, err := layout.Standard().Plan()
	if err != nil {
		t.Fatal(err)
	}
	root, _ := disk.Find(layout.RootA)
	f, err := os.OpenFile(made.Disk, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	noise := sha256.Sum256([]byte("no file system"))
	if _, err := f.WriteAt(bytes.Repeat(noise[:], 128), root.Start); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	o := qemu.Options{Disk: made.Disk, Dir: shortDir(t), Log: t.Output()}
	for try := slot.Tries - 1; try >= 0; try-- {
		m, err := qemu.Start(context.WithoutCancel(t.Context()), o)
		if err != nil {
			t.Fatal(err)
		}
		// The installer's line says it too: that is the one somebody looks at.
		if _, err := m.Console().WaitFor(regexp.MustCompile("the firmware cannot start: mount .*/sysroot"), readyTime); err != nil {
			t.Error(err)
		}
		select {
		case <-m.Ended():
			err = m.Wait()
		case <-time.After(readyTime):
			err = fmt.Errorf("it did not start again: %w", m.PowerCut())
		}
		if err != nil {
			t.Error(err)
		}
		if got := env(t, filepath.Join(o.Dir, "disk.img")).Places[slot.A].Left; got != try {
			t.Errorf("%d tries are left, want %d", got, try)
		}
	}
}

// TestArm64StartsToItsFirstProgram holds what the other architecture has today: a kernel and the first program, which says what it misses.
func TestArm64StartsToItsFirstProgram(t *testing.T) {
	made := build(t, "arm64", t.TempDir())
	if made.Missing == "" || made.Disk != "" {
		t.Errorf("the build says nothing is missing: %+v", made)
	}
	o := qemu.Options{Arch: "arm64", Kernel: made.Kernel, Initial: made.Initial, Append: "console=ttyAMA0 loglevel=4", Dir: shortDir(t), Memory: 512}
	start := time.Now()
	m, err := qemu.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{`autocom init: test, Linux \S+ on aarch64`, "cannot start: there is no root to start"} {
		if _, err := m.Log().WaitFor(regexp.MustCompile(words), readyTime); err != nil {
			t.Error(err)
		}
		t.Logf("%q after %.0f s", words, time.Since(start).Seconds())
	}
	if err := m.PowerCut(); err != nil {
		t.Error(err)
	}
}
