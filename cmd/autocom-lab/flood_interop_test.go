//go:build interop

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
)

// rubbish is one datagram of a flood: noise, torn SIP, or SIP that begins well.
func rubbish(r *rand.Rand, i int, to netip.AddrPort) []byte {
	whole := fmt.Sprintf("INVITE sip:%d@%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.99:5060;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@y>;tag=%d\r\n"+
		"To: <sip:%[1]d@%[2]s>\r\nCall-ID: flood-%[3]d\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.99>\r\nContent-Type: application/sdp\r\nContent-Length: 12\r\n\r\nv=0\r\no=- 1 1",
		300+i%4, to, i, i)
	switch i % 5 {
	case 0:
		b := make([]byte, 1+r.IntN(1400))
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		return b
	case 1:
		return []byte(whole[:r.IntN(len(whole))])
	case 2: // one byte in a hundred is another
		b := []byte(whole)
		for range len(b) / 100 {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		return b
	case 3:
		return []byte(strings.Replace(whole, "CSeq: 1 INVITE\r\n", strings.Repeat("X-Filler: "+strings.Repeat("x", 60)+"\r\n", r.IntN(80)), 1))
	default:
		return []byte(strings.ReplaceAll(whole, "INVITE", []string{"REGISTER", "SUBSCRIBE", "OPTIONS", "BYE", "NOTIFY", "UNKNOWN"}[r.IntN(6)]))
	}
}

// flood sends n datagrams from an address within a second or two.
func (o *office) flood(from string, n int) {
	o.t.Helper()
	conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from+":0")), net.UDPAddrFromAddrPort(o.SIP))
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range n {
		_, _ = conn.Write(rubbish(r, i, o.SIP)) // the kernel may have no room: that is the box's gain
		if i%20 == 0 {
			<-time.After(5 * time.Millisecond)
		}
	}
}

// core is what the core uses: memory and open files, and how much it has said.
func (o *office) core() (rss int64, threads int, files int, log int64) {
	o.t.Helper()
	all, err := o.box.Processes()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, p := range all {
		if p.Name != "core" {
			continue
		}
		use, err := p.Use()
		if err != nil {
			o.t.Fatal(err)
		}
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.PID)) // the pattern is well formed
		open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.PID))
		info, err := os.Stat(filepath.Join(o.dir, "box.log"))
		if err != nil {
			o.t.Fatal(err)
		}
		return use.RSS, len(tasks), len(open), info.Size()
	}
	o.t.Fatal("there is no core")
	return 0, 0, 0, 0
}

// 2,000 datagrams of rubbish each from a stranger, from where phones outside may be, from the carrier and from among the phones: calls go on and
// are made meanwhile, and neither memory nor the log grows with them.
func TestInteropRubbishCostsNothing_RFC4475_1(t *testing.T) {
	t.Parallel()
	o := guarded(t, 2)
	carrier, phone := o.outside(), o.apparatus(desk(0), ua.Config{})
	caller := o.calls(carrier, direct(0))
	l := phone.lifts()
	o.both(caller, callerHz, l, branch.Tone(desk(0)))
	everywhere := []string{stranger, "127.0.0.90", "127.0.0.2", "127.0.0.14"}
	for _, from := range everywhere { // what is made once, is made now
		o.flood(from, 400)
	}
	o.settled()
	rss, threads, files, log := o.core()
	for _, from := range everywhere {
		o.flood(from, 2000)
		o.hear("the caller, after the flood from "+from, caller, branch.Tone(desk(0)))
		second := phone.dial(inside0(direct(1))) // a number whose phone is not there: refused, but answered
		if e, err := second.Wait(o.ctx, ua.Refused); err != nil || e.Code != 480 {
			t.Errorf("a call after the flood from %s: %v %v", from, e, err)
		}
	}
	o.settled()
	rssAfter, threadsAfter, filesAfter, logAfter := o.core()
	t.Logf("memory %d → %d kB, threads %d → %d, files %d → %d, log %d → %d bytes", rss/1024, rssAfter/1024, threads, threadsAfter, files, filesAfter, log, logAfter)
	if rssAfter > rss+16<<20 || threadsAfter > threads+8 || filesAfter > files+4 || logAfter > log+32<<10 {
		t.Error("the box grows with rubbish")
	}
	caller.Call.HangUp()
	o.over("the phone", l)
	if st := l.Flow.Stats(); st.Lost > 0 {
		t.Logf("%d packets were lost meanwhile", st.Lost)
	}
}

// inside0 is a number of the branch as its phones dial it.
func inside0(number string) string { return "00" + strings.TrimPrefix(number, "+33") }

// settled waits until the core is quiet.
func (o *office) settled() {
	o.t.Helper()
	before := time.Duration(-1)
	for {
		r, err := o.box.Read()
		if err != nil {
			o.t.Fatal(err)
		}
		now := r["core"].CPU
		if before >= 0 && now-before < 20*time.Millisecond {
			return
		}
		before = now
		select {
		case <-time.After(300 * time.Millisecond):
		case <-o.ctx.Done():
			o.t.Fatal("the core is never quiet")
		}
	}
}

// After lock-in, who overhears a call and speaks into it from another address, in the talker's own name and number, is not heard.
func TestInteropSpokenIntoACall_RFC3550_9(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 1, nil)
	spy := listenIn(t)
	carrier, phone := o.outside(), o.apparatus(desk(0), ua.Config{})
	caller := o.calls(carrier, direct(0))
	l := phone.lifts()
	o.both(caller, callerHz, l, branch.Tone(desk(0)))
	to := caller.Flow.Stats().From // where the box hears the caller
	conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.40:0")), net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	header, ok := spy.header(caller.Flow.Addr().Port(), to.Port())
	if !ok {
		t.Fatal("the call is not overheard")
	}
	seq, ts := binary.BigEndian.Uint16(header[2:]), binary.BigEndian.Uint32(header[4:])
	other := rand.Uint32()
	tone := line.Tone(900)
	sent := 0
	for begin := time.Now(); time.Since(begin) < 1500*time.Millisecond; {
		for _, ssrc := range []uint32{binary.BigEndian.Uint32(header[8:]), other} {
			p := append([]byte(nil), header...)
			binary.BigEndian.PutUint16(p[2:], seq+uint16(sent)+3) // a little ahead of the talker
			binary.BigEndian.PutUint32(p[4:], ts+uint32(sent+3)*160)
			binary.BigEndian.PutUint32(p[8:], ssrc)
			var pcm [160]int16
			tone.Next(pcm[:])
			b := make([]byte, 160)
			g711.ALaw.Encode(b, pcm[:])
			if _, err := conn.Write(append(p, b...)); err != nil {
				t.Fatal(err)
			}
		}
		sent++
		<-time.After(10 * time.Millisecond)
		if sent%10 == 0 {
			if s, _ := l.Flow.Heard(100 * time.Millisecond); !rtpflow.Analyse(s).Near(callerHz) {
				t.Errorf("the phone hears %+v", rtpflow.Analyse(s))
			}
		}
	}
	if st := l.Flow.Stats(); st.Sources != 1 || st.Jumps > 0 || st.Duplicates > 0 || st.Reordered > 0 {
		t.Errorf("the phone's sound is not one stream: %+v", st)
	}
	if s, err := l.Listen(o.ctx, 300*time.Millisecond); err != nil || !s.Near(callerHz) {
		t.Errorf("afterwards the phone hears %+v: %v", s, err)
	}
	caller.Call.HangUp()
	o.over("the phone", l)
	o.until("the count of strangers", func(fs facts) bool {
		for _, q := range fs.of("leg.quality") {
			var n int
			if _, err := fmt.Sscan(q.Field("strangers"), &n); err == nil && n >= sent {
				t.Logf("%d packets sent into the call, %d strangers counted", 2*sent, n)
				return true
			}
		}
		return false
	})
}
