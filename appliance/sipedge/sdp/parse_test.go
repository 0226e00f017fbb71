package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"autocom/appliance/exchange/plan"
)

const good = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

func TestParseIsLenientWhereItHarmsNobody(t *testing.T) {
	s, err := Parse([]byte("v=0\no=x abc 99999999999999999999999 IN IP4 host.example\nb=AS:64\na=recvonly\na=tool:x\n\n" +
		"m=audio 4000/2 RTP/AVP 8 0 101\nc=IN IP4 198.51.100.7/32\na=ptime:20.0\na=fmtp:101 0-15\na=rtpmap:101 Telephone-Event/8000/1\na=silenceSupp:off - - - -\n" +
		"m=audio 4002 RTP/AVP 0\na=sendonly\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Session{
		Origin: Origin{User: "x", Version: 1<<64 - 1},
		Attrs:  []Attr{{"tool", "x"}},
		Lines: []Line{
			{
				Kind: "audio", Port: 4000, Proto: "RTP/AVP", Formats: []string{"8", "0", "101"}, Connection: netip.MustParseAddr("198.51.100.7"),
				Maps:  []Map{{PT: 101, Name: "Telephone-Event", Clock: 8000, Channels: 1, Params: "0-15"}},
				Ptime: 20, Direction: plan.RecvOnly, Attrs: []Attr{{"silenceSupp", "off - - - -"}},
			},
			{Kind: "audio", Port: 4002, Proto: "RTP/AVP", Formats: []string{"0"}, Direction: plan.SendOnly},
		},
	}
	if d := cmp.Diff(want, s, compare); d != "" {
		t.Error(d)
	}
}

func TestMalformedIs400(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              "",
		"no version":         "o=- 1 1 IN IP4 1.2.3.4\r\n",
		"version 1":          strings.Replace(good, "v=0", "v=1", 1),
		"no origin":          "v=0\r\ns=-\r\n",
		"two origins":        good + "o=- 1 1 IN IP4 1.2.3.4\r\n",
		"garbage":            "v=0\r\nhello\r\n",
		"name in c=":         strings.Replace(good, "c=IN IP4 198.51.100.7", "c=IN IP4 host.example", 1),
		"family":             strings.Replace(good, "c=IN IP4", "c=IN IP6", 1),
		"port":               strings.Replace(good, "4000", "70000", 1),
		"negative port":      strings.Replace(good, "4000", "-1", 1),
		"no formats":         strings.Replace(good, "RTP/AVP 8", "RTP/AVP", 1),
		"rtpmap":             good + "a=rtpmap:8\r\n",
		"rtpmap clock":       good + "a=rtpmap:8 PCMA/0\r\n",
		"rtpmap type":        good + "a=rtpmap:300 PCMA/8000\r\n",
		"rtcp":               good + "a=rtcp:x\r\n",
		"null byte":          good + "a=x:\x00\r\n",
		"too large":          good + strings.Repeat("a=x:yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 200),
		"too many lines":     good + strings.Repeat("m=audio 1 RTP/AVP 8\r\n", 16),
		"too many attrs":     good + strings.Repeat("a=x\r\n", 257),
		"too many formats":   good + "m=audio 1 RTP/AVP" + strings.Repeat(" 8", 65) + "\r\n",
		"attribute unnamed":  good + "a=:x\r\n",
		"carriage returns":   "v=0\r\r\n",
		"a line of one byte": "v=0\r\no\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(text))
			var bad *Malformed
			if !errors.As(err, &bad) || bad.Status() != 400 || bad.Error() == "" {
				t.Fatalf("%#v", err)
			}
		})
	}
}

func word(t *rapid.T, label string) string {
	return rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9.-]{0,11}`).Draw(t, label)
}

func address(t *rapid.T, label string) netip.Addr {
	switch rapid.IntRange(0, 2).Draw(t, label) {
	case 0:
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, label+"4")))
	case 1:
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label+"6")
		b[0] = 0x20 // not IPv4 in disguise
		return netip.AddrFrom16([16]byte(b))
	default:
		return netip.Addr{}
	}
}

func attrs(t *rapid.T, label string) []Attr {
	var out []Attr
	for i := range rapid.IntRange(0, 3).Draw(t, label) {
		out = append(out, Attr{"x-" + word(t, fmt.Sprint(label, i)), rapid.StringMatching(`([!-~]([ -~]{0,20}[!-~])?)?`).Draw(t, label+"v")})
	}
	return out
}

func session(t *rapid.T) Session {
	s := Session{
		Origin:     Origin{User: word(t, "user"), ID: rapid.Uint64().Draw(t, "id"), Version: rapid.Uint64().Draw(t, "version")},
		Name:       word(t, "name"),
		Connection: address(t, "c"),
		Attrs:      attrs(t, "sa"),
	}
	s.Origin.Addr = netip.AddrFrom4([4]byte{192, 0, 2, 1})
	for i := range rapid.IntRange(0, 4).Draw(t, "lines") {
		l := Line{
			Kind: word(t, "kind"), Port: rapid.IntRange(0, 65535).Draw(t, "port"), Proto: "RTP/AVP", Connection: address(t, "lc"),
			Ptime: rapid.IntRange(0, 60).Draw(t, "ptime"), MaxPtime: rapid.IntRange(0, 60).Draw(t, "maxptime"),
			Direction: plan.Direction(rapid.IntRange(0, 3).Draw(t, "dir")), RTCPMux: rapid.Bool().Draw(t, "mux"), Attrs: attrs(t, "la"),
		}
		if rapid.Bool().Draw(t, "rtcp") {
			l.RTCP.Port = rapid.IntRange(1, 65535).Draw(t, "rtcp port")
			if a := address(t, "rtcp"); a.IsValid() {
				l.RTCP.Host = a.String()
			}
		}
		for pt := range rapid.IntRange(1, 5).Draw(t, "formats") {
			l.Formats = append(l.Formats, fmt.Sprint(pt*20+i))
			if rapid.Bool().Draw(t, "map") {
				l.Maps = append(l.Maps, Map{
					PT: uint8(pt*20 + i), Name: word(t, "enc"), Clock: rapid.IntRange(1, 96000).Draw(t, "clock"),
					Channels: rapid.IntRange(0, 8).Draw(t, "ch"), Params: rapid.StringMatching(`([!-~]([ -~]{0,10}[!-~])?)?`).Draw(t, "params"),
				})
			}
		}
		s.Lines = append(s.Lines, l)
	}
	return s
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := session(t)
		got, err := Parse(want.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, want)
		}
		if d := cmp.Diff(want, got, compare); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(good + "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp:1 IN IP6 ::1\r\na=sendonly\r\nm=image 0 udptl t38\r\na=fmtp:t38 x\r\n"))
	f.Add([]byte("v=0\no=- 1 1 IN IP4 0.0.0.0\nc=IN IP4 0.0.0.0\nm=audio 1 RTP/AVP 0\n"))
	f.Add([]byte("v=0\r\no=\r\n"))
	f.Add([]byte(strings.Replace(good, "AVP 8", "SAVP 97 8", 1) + "a=rtpmap:97 PCMU/8000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 +
		"|2^31|1:4 WSH=64\r\na=crypto:2 X inline:zz\r\nm=audio 2 RTP/AVPF 0\r\na=crypto:1 AEAD_AES_128_GCM inline:" + key28 + "\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			if _, ok := errors.AsType[*Malformed](err); !ok {
				t.Fatalf("%#v", err)
			}
			return
		}
		out := s.Bytes()
		if len(out) <= MaxBytes {
			again, err := Parse(out)
			if err != nil {
				t.Fatalf("cannot read what was written: %v\n%q\n%q", err, data, out)
			}
			if second := again.Bytes(); string(second) != string(out) {
				t.Fatalf("%q became %q", out, second)
			}
		}
		for _, policy := range []SRTPPolicy{SRTPNever, SRTPAllowed, SRTPRequired} {
			agree(t, s, secured(policy))
		}
	})
}

// agree checks what must hold of any answer.
func agree(t *testing.T, s Session, local Local) {
	answer, media, err := Answer(s, local, g711, plan.SendRecv)
	if err != nil {
		return
	}
	if len(answer.Lines) != len(s.Lines) {
		t.Fatal("an answer must have as many lines as the offer")
	}
	if media.Direction.Sends() && !media.Remote.Known() {
		t.Fatalf("told to send to nowhere: %+v", media)
	}
	if media.SRTP.On() && local.SRTP == SRTPNever || !media.SRTP.On() && local.SRTP == SRTPRequired {
		t.Fatalf("against the policy: %+v", media)
	}
	if media.DynamicPT != 0 && media.DynamicPT == media.EventPT {
		t.Fatalf("one payload type for two things: %+v", media)
	}
	if _, err := Parse(answer.Bytes()); err != nil && len(answer.Bytes()) <= MaxBytes {
		t.Fatalf("our own answer cannot be read: %v\n%s", err, answer)
	}
}
