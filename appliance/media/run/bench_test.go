package run_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"golang.org/x/sys/unix"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/recording/sealed"
)

// childSocket is the variable that turns this test binary into a media process of its own, so that its processor time
// is not mixed up with the generator's.
const childSocket = "AUTOCOM_TEST_MEDIA_SOCKET"

// child runs the media process until it is interrupted.
func child(socket string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg := run.Config{Socket: socket, PortMin: 40000, PortMax: 44999}
	run.Tune(cfg)
	if err := run.Serve(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func startChild(b *testing.B) (pid int, c *core) {
	b.Helper()
	socket := filepath.Join(b.TempDir(), "media.sock")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childSocket+"="+socket)
	cmd.Stderr = os.Stderr
	must(b, cmd.Start())
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	return cmd.Process.Pid, dial(b, &process{cfg: run.Config{Socket: socket}})
}

// processorTime adds up the threads of a process (ns, from the scheduler).
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	must(b, err)
	var sum time.Duration
	for _, name := range tasks {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // the thread ended meanwhile
		}
		n, err := strconv.ParseInt(string(bytes.Fields(raw)[0]), 10, 64)
		must(b, err)
		sum += time.Duration(n)
	}
	return sum
}

// BenchmarkBridgedCalls holds calls of a process of its own over loopback, both sides talking, and prints what one
// packet and one second of a call cost it. One iteration is 20 ms of all calls: use -benchtime 250x for 5 s.
func BenchmarkBridgedCalls(b *testing.B) {
	for _, c := range []struct {
		calls               int
		recorded, protected bool
	}{
		{50, false, false},
		{100, false, false},
		{200, false, false},
		{400, false, false},
		{50, true, false},
		{100, true, false},
		{50, false, true},
		{100, false, true},
		{200, false, true},
	} {
		name := fmt.Sprint(c.calls)
		if c.recorded {
			name += "-recorded"
		}
		if c.protected {
			name += "-srtp"
		}
		b.Run(name, func(b *testing.B) { benchmarkCalls(b, c.calls, c.recorded, c.protected) })
	}
}

func benchmarkCalls(b *testing.B, calls int, recorded, protected bool) {
	pid, c := startChild(b)
	var phones []*phone
	for i := range calls {
		id := plan.CallID(fmt.Sprint(i))
		x, y := bridge(b, c, id)
		phones = append(phones, x, y)
		if recorded {
			f, err := os.Create(filepath.Join(b.TempDir(), fmt.Sprint("r", i)))
			must(b, err)
			must(b, c.StartRecording(plan.RecordingID(id), plan.LegID("a"+string(id)), false, f, make([]byte, sealed.KeySize)))
			must(b, f.Close())
		}
	}
	sockets := make([]int, len(phones))
	seals := make([]*srtp.Context, len(phones))
	for i, p := range phones {
		if protected {
			h := newHandset(p, keysOf(byte(i), byte(i+1)))
			must(b, c.Update(plan.LegID(string("ab"[i%2])+fmt.Sprint(i/2)), h.media()))
			seals[i] = h.seal
		}
		sockets[i] = raw(b, p)
	}
	packet := make([]byte, 172)
	packet[0], packet[1] = 0x80, 8
	buf := make([]byte, 2000)
	sealedOne := make([]byte, 2000)
	var header rtp.Header
	heard, n := 0, 0
	round := func() {
		n++
		packet[2], packet[3] = byte(n>>8), byte(n)
		ts := uint32(160 * n)
		packet[4], packet[5], packet[6], packet[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
		for i, fd := range sockets {
			if i == len(sockets)/2 {
				time.Sleep(5 * time.Millisecond) // half of the phones speak a little later
			}
			out := packet
			if seals[i] != nil {
				var err error
				out, err = seals[i].EncryptRTP(sealedOne[:0], packet, &header)
				must(b, err)
			}
			_, err := unix.Write(fd, out)
			must(b, err)
			for {
				if _, err := unix.Read(fd, buf); err != nil {
					break
				}
				heard++
			}
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 25 {
		<-tick.C
		round()
	}
	heard = 0
	from, start := processorTime(b, pid), time.Now()
	b.ResetTimer()
	for range b.N {
		<-tick.C
		round()
	}
	b.StopTimer()
	spent, took := processorTime(b, pid)-from, time.Since(start)
	sent := b.N * len(phones)
	b.ReportMetric(float64(spent.Nanoseconds())/1000/float64(sent), "cpu-us/packet")
	b.ReportMetric(float64(spent.Microseconds())/1000/(float64(calls)*took.Seconds()), "cpu-ms/call-s")
	b.ReportMetric(100*float64(sent-heard)/float64(sent), "%lost")
	b.ReportMetric(float64(spent)/float64(took), "cores")
	must(b, c.Renew())
	if _, err := c.Legs(); err != nil {
		b.Fatal(err)
	}
	c.Shut()
}

// raw gives a phone's socket, connected, to the generator's loop.
func raw(b *testing.B, p *phone) int {
	b.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	must(b, err)
	at := p.conn.LocalAddr().(*net.UDPAddr).Port
	must(b, p.conn.Close())
	must(b, unix.Bind(fd, &unix.SockaddrInet4{Port: at, Addr: [4]byte{127, 0, 0, 1}}))
	must(b, unix.Connect(fd, &unix.SockaddrInet4{Port: int(p.box.Port()), Addr: [4]byte{127, 0, 0, 1}}))
	b.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}
