//go:build interop

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
)

// pressed gives what a carrier's keys amount to: one line for each, "via digit" is not told (what a caller types is nobody's business).
func (o *office) pressed() map[string]int {
	o.t.Helper()
	by := map[string]int{}
	for _, f := range o.until("facts", func(facts) bool { return true }).of("digit.pressed") {
		by[f.Field("via")]++
	}
	return by
}

// Other people's programs press keys in each of the three ways, and in two at once: each press counts once.
func TestInteropKeysOfSIPpCountOnceByWhateverWayTheyCome(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 28, func(b *branch.Branch) { b.TrunkLines = []string{"profile: twilio"} })
	d := o.desk("205")

	// The keys as sound, in A-law, as SIPp streams it.
	tones := dtmf.Generator{On: 800, Off: 800}
	tones.Dial("159#")
	pcm := make([]int16, 4*1600+1600)
	tones.Next(pcm)
	sound := make([]byte, len(pcm))
	g711.ALaw.Encode(sound, pcm)
	file := filepath.Join(t.TempDir(), "keys.alaw")
	if err := os.WriteFile(file, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	info := func(n int, key string) string {
		return fmt.Sprintf(`<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0612345678@[local_ip]>;tag=[pid]S[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: %d INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=%s
Duration=160
]]></send><recv response="200"/>`, n, key)
	}
	action := func(what string) string { return `<nop><action><exec ` + what + `/></action></nop>` }
	events := strings.ReplaceAll(fmt.Sprintf(invites, ""), "RTP/AVP 8\na=rtpmap:8 PCMA/8000\n", "RTP/AVP 8 96\na=rtpmap:8 PCMA/8000\na=rtpmap:96 telephone-event/8000\n")
	streams := func(invite string) string {
		return strings.ReplaceAll(invite, "m=audio 40000", "m=audio [rtpstream_audio_port]")
	}
	play := action(`rtp_stream="` + file + `,1,8,PCMA/8000"`)
	for _, way := range []struct {
		name   string
		invite string
		steps  []string
		want   map[string]int
	}{
		{"INFO", fmt.Sprintf(invites, ""), []string{info(2, "1"), info(3, "5"), info(4, "5"), info(5, "#")}, map[string]int{"info": 4}},
		{"tones", streams(fmt.Sprintf(invites, "")), []string{play, `<pause milliseconds="1500"/>`}, map[string]int{"inband": 4}},
		{"tones and INFO", streams(fmt.Sprintf(invites, "")), []string{
			play, `<pause milliseconds="400"/>`, info(2, "1"), `<pause milliseconds="150"/>`, info(3, "5"), `<pause milliseconds="150"/>`, info(4, "9"), `<pause milliseconds="900"/>`,
		}, map[string]int{"": 4}},
		{"tones beside agreed events", streams(events), []string{play, `<pause milliseconds="1500"/>`}, map[string]int{}},
	} {
		before := o.pressed()
		steps := append([]string{
			way.invite, `<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>`,
			acks, `<pause milliseconds="300"/>`,
		}, way.steps...)
		s := o.sipp(false, append(steps, `<pause milliseconds="300"/>`, byes)...)
		l := d.answers()
		o.content(s)
		<-l.Call.Done()
		got, n := o.pressed(), 0
		for via := range got {
			got[via] -= before[via]
			n += got[via]
		}
		for via, want := range way.want {
			if via == "" && n != want || via != "" && (got[via] != want || n != want) {
				t.Errorf("%s: the presses are told as %v, want %v", way.name, got, way.want)
			}
		}
		if len(way.want) == 0 && n != 0 {
			t.Errorf("%s: %v", way.name, got)
		}
	}
	o.rest()
}

// baresip presses keys as telephone-events.
func TestInteropKeysOfBaresipCountOnce(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	control := free(t, "127.0.0.1")
	o.softphone(peers.Softphone{Extension: desk(0), Control: control})
	caller := o.calls(o.outside(), direct(0))
	o.until("the answer", func(fs facts) bool { return len(fs.of("bridge.joined")) > 0 })
	remote, err := peers.Reach(control)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	for i, key := range []string{"1", "1", "#"} {
		if said, err := remote.Do("sndcode", key); err != nil {
			t.Fatalf("%s: %v", said, err)
		}
		o.until("the key", func(fs facts) bool { return len(fs.of("digit.pressed")) > i })
	}
	// How it sounds is told while it lasts, and kept when it is over.
	call := o.until("the call", func(fs facts) bool { return len(fs.of("call.opened")) == 1 }).of("call.opened")[0].Field("call")
	if a := o.box.Do(o.ctx, "trace", call); a.Code != 0 || !strings.Contains(a.Out, "of 5, speech at ") || !strings.Contains(a.Out, "up to now") {
		t.Errorf("the sound of a call that lasts is told as %+v", a)
	}
	caller.Call.HangUp()
	o.ended(1)
	for _, f := range o.until("the measures", func(fs facts) bool { return len(fs.of("leg.quality")) == 2 }).of("leg.quality") {
		if mos, err := strconv.Atoi(f.Field("mos_x10")); err != nil || mos < 38 || f.Field("speech_percent") == "0" {
			t.Errorf("a leg on loopback is told as %v", f)
		}
	}
	if got := o.pressed(); got["rfc4733"] != 3 || len(got) != 1 {
		t.Errorf("three keys are told as %v", got)
	}
}
