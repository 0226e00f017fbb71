//go:build interop

package peers_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/ua"
)

func free(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	ap, _, err := branch.FreePort(netip.AddrPortFrom(netip.MustParseAddr(addr), 0))
	if err != nil {
		t.Fatal(err)
	}
	return ap
}

// called is a baresip, with a voice or without, and a caller of the lab whose call to it is under way. Both end with the test.
func called(ctx context.Context, t *testing.T, dir, voice string) (*peers.Child, *line.Line) {
	t.Helper()
	at := free(t, "127.0.0.21")
	b, err := peers.Baresip(dir, peers.Softphone{Listen: at, Extension: "201", Voice: voice})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	if err := b.Until(ctx, "baresip is ready"); err != nil {
		t.Fatal(err)
	}
	ca, err := carrier.Open(netip.MustParseAddrPort("127.0.0.2:0"), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ca.Close)
	l, err := ca.Call("201", "0612345678", line.Options{Sound: line.Tone(1230)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return b, l
}

// The lab's own telephone must be a good peer before it may judge the box.
func TestTheLabAndBaresipHearEachOther(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b, l := called(ctx, t, t.TempDir(), "")
	if _, err := l.Wait(ctx, ua.Answered); err != nil {
		t.Fatal(err, b.Said())
	}
	if _, err := l.Expect(ctx, 1230); err != nil {
		t.Fatal("what is said does not come back: ", err)
	}
	if err := l.Hold(ctx); err != nil {
		t.Error("hold:", err)
	}
	if err := l.Resume(ctx); err != nil {
		t.Error("resume:", err)
	}
	if d := l.Direction(); d != sdp.SendRecv { // baresip 1.0 agrees, but its bridge device sends nothing more after a hold
		t.Errorf("after the hold it says %s", d)
	}
}

// A softphone with a voice says its own tone, and its ear tells what it was told.
func TestASoftphoneSpeaksAndHears(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := t.TempDir()
	voice := filepath.Join(dir, "voice.wav")
	text, samples := []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\xe2\x04\x00"), make([]int16, 160_000)
	line.Tone(650).Next(samples)
	for _, s := range samples {
		text = binary.LittleEndian.AppendUint16(text, uint16(s))
	}
	if err := os.WriteFile(voice, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b, l := called(ctx, t, dir, voice)
	if _, err := l.Expect(ctx, 650); err != nil {
		t.Fatal(err, b.Said())
	}
	ear := peers.Ear{Dir: b.Dir()}
	for {
		s, n := ear.Heard(200 * time.Millisecond)
		if rtpflow.Analyse(s).Near(1230) && len(s) == 1600 && n >= 1600 {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%d samples, at last %+v\n%s", n, rtpflow.Analyse(s), b.Said())
		}
	}
}

func TestSIPpCallsTheLab(t *testing.T) {
	for name, call := range map[string]peers.SIPpCall{
		"answered":  {Hold: 500 * time.Millisecond},
		"cancelled": {Hold: 500 * time.Millisecond, Leave: true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			a, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort("127.0.0.12:0"), Box: netip.MustParseAddrPort("127.0.0.9:9")})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			call.Listen, call.Box, call.To, call.From = free(t, "127.0.0.2"), a.Addr(), "201", "0612345678"
			call.RTP = free(t, "127.0.0.2")
			s, err := peers.SIPp(t.TempDir(), call)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			select {
			case c := <-a.Incoming():
				l, err := line.Take(a, c, line.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := l.Ring(false); err != nil {
					t.Fatal(err)
				}
				want := ua.Cancelled
				if !call.Leave {
					want = ua.HungUp
					if err := l.Answer(); err != nil {
						t.Fatal(err)
					}
				}
				if e, err := l.Wait(ctx, want); err != nil {
					t.Error(e, err)
				}
			case <-ctx.Done():
				t.Fatal("no call came", s.Said())
			}
			if err := s.Wait(ctx); err != nil {
				t.Error("SIPp is not content:", err, s.Said())
			}
		})
	}
}
