package sdp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"autocom/appliance/exchange/plan"
)

const (
	key30 = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5" // 30 bytes
	key28 = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nw=="
)

// counting makes keys that can be told apart.
func counting() func(n int) []byte {
	made := byte(0)
	return func(n int) []byte {
		made++
		b := make([]byte, n)
		for i := range b {
			b[i] = made
		}
		return b
	}
}

func keyOf(fill byte, n int) plan.Key {
	return plan.Key(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), n))))
}

func secured(policy SRTPPolicy) Local {
	l := box
	l.SRTP, l.Secure, l.NewKey = policy, true, counting()
	return l
}

func TestCryptoLines_RFC4568_9_1(t *testing.T) {
	for text, want := range map[string]Crypto{
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30: {Tag: 1, Suite: "AES_CM_128_HMAC_SHA1_80", Keys: []InlineKey{{Key: key30}}},
		"2 AES_CM_128_HMAC_SHA1_32 inline:" + key30 + "|2^20|1:4": {
			Tag: 2, Suite: "AES_CM_128_HMAC_SHA1_32", Keys: []InlineKey{{Key: key30, Lifetime: 1 << 20, MKI: 1, MKISize: 4}},
		},
		"3 AEAD_AES_128_GCM  INLINE:" + key28 + "|1000 KDR=1 -x": {
			Tag: 3, Suite: "AEAD_AES_128_GCM", Keys: []InlineKey{{Key: key28, Lifetime: 1000}}, Params: []string{"KDR=1", "-x"},
		},
		"4 AEAD_AES_128_GCM inline:" + strings.TrimRight(key28, "="): {Tag: 4, Suite: "AEAD_AES_128_GCM", Keys: []InlineKey{{Key: key28}}},
		"5 X inline:" + key30 + "|1:1;inline:" + key28 + "|255:1": {
			Tag: 5, Suite: "X", Keys: []InlineKey{{Key: key30, MKI: 1, MKISize: 1}, {Key: key28, MKI: 255, MKISize: 1}},
		},
		"999999999 X inline:" + key30 + "|2^48|0:128": {
			Tag: 999999999, Suite: "X", Keys: []InlineKey{{Key: key30, Lifetime: 1 << 48, MKISize: 128}},
		},
	} {
		got, ok := parseCrypto(text)
		if d := cmp.Diff(want, got); !ok || d != "" {
			t.Errorf("%s: %v\n%s", text, ok, d)
			continue
		}
		var b strings.Builder
		got.write(&b)
		again, ok := parseCrypto(strings.TrimSuffix(strings.TrimPrefix(b.String(), "a=crypto:"), "\r\n"))
		if d := cmp.Diff(want, again); !ok || d != "" {
			t.Errorf("%s was written as %s%s", text, b.String(), d)
		}
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no key":            "1 AES_CM_128_HMAC_SHA1_80",
		"no tag":            "AES_CM_128_HMAC_SHA1_80 inline:" + key30,
		"tag":               "1000000000 X inline:" + key30,
		"negative tag":      "-1 X inline:" + key30,
		"method":            "1 X uri:http://x/" + key30,
		"not base64":        "1 X inline:****",
		"no key at all":     "1 X inline:",
		"long key":          "1 X inline:" + strings.Repeat("A", 1000),
		"lifetime 0":        "1 X inline:" + key30 + "|0",
		"lifetime 2^49":     "1 X inline:" + key30 + "|2^49",
		"lifetime too long": "1 X inline:" + key30 + "|281474976710657",
		"lifetime power":    "1 X inline:" + key30 + "|2^-1",
		"lifetime twice":    "1 X inline:" + key30 + "|2^20|2^20",
		"MKI first":         "1 X inline:" + key30 + "|1:4|2^20",
		"MKI size 0":        "1 X inline:" + key30 + "|1:0",
		"MKI size 129":      "1 X inline:" + key30 + "|1:129",
		"MKI too great":     "1 X inline:" + key30 + "|256:1",
		"MKI alone":         "1 X inline:" + key30 + "|:4",
		"four parts":        "1 X inline:" + key30 + "|2^20|1:4|1:4",
		"five keys":         "1 X " + strings.Repeat("inline:"+key30+";", 4) + "inline:" + key30,
		"many parameters":   "1 X inline:" + key30 + strings.Repeat(" WSH=64", 17),
	} {
		if c, ok := parseCrypto(text); ok {
			t.Errorf("%s was read as %+v", name, c)
		}
	}
}

// Session parameters take something away or ask for something: each is refused unless it is honoured (RFC 4568 §6.3).
func TestSessionParameters_RFC4568_6_3(t *testing.T) {
	for param, good := range map[string]bool{
		"": true, "WSH=64": true, "WSH=1024": true, "-anything": true,
		"WSH=63": false, "WSH=x": false, "UNENCRYPTED_SRTP": false, "UNENCRYPTED_SRTCP": false, "UNAUTHENTICATED_SRTP": false, "KDR=2": false,
		"FEC_ORDER=FEC_SRTP": false, "FEC_KEY=inline:" + key30: false, "WHATEVER=1": false,
	} {
		c, ok := parseCrypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " " + param)
		if !ok {
			t.Fatalf("%q", param)
		}
		if _, _, usable := c.usable(); usable != good {
			t.Errorf("%q: %v", param, usable)
		}
	}
	for text, good := range map[string]bool{
		"1 aes_cm_128_hmac_sha1_80 inline:" + key30:                          true,
		"1 AES_CM_256_HMAC_SHA1_80 inline:" + string(keyOf('x', 46)):         true,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" + string(keyOf('x', 46)):         true,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" + key30:                          false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key28:                          false,
		"1 F8_128_HMAC_SHA1_80 inline:" + key30:                              false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + ";inline:" + key30:     false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^31|1:4 -a WSH=128": true,
	} {
		c, ok := parseCrypto(text)
		if _, _, usable := c.usable(); !ok || usable != good {
			t.Errorf("%s: %v %v", text, ok, usable)
		}
	}
}

func audio(t *testing.T, proto string, crypto ...string) Session {
	t.Helper()
	lines := []string{
		"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0", "m=audio 4000 " + proto + " 8 101",
		"a=rtpmap:101 telephone-event/8000",
	}
	for i, suite := range crypto {
		lines = append(lines, fmt.Sprintf("a=crypto:%d %s", i+1, suite))
	}
	return read(t, lines...)
}

// Every policy over clear and over secure signalling, against everything a peer may offer.
func TestKeysAreOnlyTakenOverSecureSignalling_RFC4568_7(t *testing.T) {
	const good, odd = "AES_CM_128_HMAC_SHA1_80 inline:" + key30, "F8_128_HMAC_SHA1_80 inline:" + key30
	offers := []struct {
		name  string
		proto string
		lines []string
	}{
		{"AVP", "RTP/AVP", nil},
		{"AVP with keys", "RTP/AVP", []string{good}},
		{"AVP with odd keys", "RTP/AVP", []string{odd}},
		{"SAVP", "RTP/SAVP", []string{odd, good}},
		{"SAVPF", "RTP/SAVPF", []string{good}},
		{"SAVP without keys", "RTP/SAVP", nil},
		{"SAVP with odd keys", "RTP/SAVP", []string{odd, "not a key"}},
	}
	const c, s, x = "clear", "secure", "488"
	for _, row := range []struct {
		policy SRTPPolicy
		secure bool
		want   [7]string
	}{
		{SRTPNever, false, [7]string{c, c, c, x, x, x, x}},
		{SRTPNever, true, [7]string{c, c, c, x, x, x, x}},
		{SRTPAllowed, false, [7]string{c, c, c, x, x, x, x}},
		{SRTPAllowed, true, [7]string{c, s, c, s, s, x, x}},
		{SRTPRequired, false, [7]string{x, x, x, x, x, x, x}},
		{SRTPRequired, true, [7]string{x, s, x, s, s, x, x}},
	} {
		for i, o := range offers {
			t.Run(fmt.Sprint(row.policy, row.secure, " ", o.name), func(t *testing.T) {
				local := secured(row.policy)
				local.Secure = row.secure
				answer, m, err := Answer(audio(t, o.proto, o.lines...), local, g711, plan.SendRecv)
				got := c
				var no *NotAcceptable
				switch {
				case errors.As(err, &no) && no.Status() == 488 && strings.HasPrefix(no.Warning("box"), "302 box \""):
					got = x
				case err != nil:
					t.Fatal(err)
				case m.SRTP.On():
					got = s
					if m.SRTP.Theirs != key30 || m.SRTP.Ours != keyOf(1, 30) || m.SRTP.Suite != "AES_CM_128_HMAC_SHA1_80" {
						t.Errorf("agreed %+v", m.SRTP)
					}
				}
				if got != row.want[i] {
					t.Fatalf("%s, want %s: %v", got, row.want[i], err)
				}
				if err == nil && (answer.Lines[0].Proto != o.proto || (len(answer.Lines[0].Crypto) == 1) != (got == s)) {
					t.Errorf("answered %+v", answer.Lines[0])
				}
				if keys := strings.Contains(answer.String(), "crypto"); keys && (!row.secure || row.policy == SRTPNever) {
					t.Error("a key was sent")
				}
			})
		}
		local := secured(row.policy)
		local.Secure = row.secure
		offer, err := Offer(local, g711, plan.SendRecv)
		if (err != nil) != (row.policy == SRTPRequired && !row.secure) {
			t.Errorf("policy %d, secure %v: offer %v", row.policy, row.secure, err)
		}
		if keys := strings.Contains(offer.String(), "crypto"); keys != (row.secure && row.policy != SRTPNever) {
			t.Errorf("policy %d, secure %v: offered\n%s", row.policy, row.secure, offer)
		}
		if err == nil && (offer.Lines[0].Proto == "RTP/SAVP") != (row.policy == SRTPRequired) {
			t.Errorf("policy %d offers %s", row.policy, offer.Lines[0].Proto)
		}
	}
	local := secured(SRTPRequired)
	local.NewKey = nil
	if _, err := Offer(local, g711, plan.SendRecv); err == nil {
		t.Error("without a source of keys SRTP was offered")
	}
}

func TestTheAnswerTakesTheFirstKeyItCan_RFC4568_5_1_2(t *testing.T) {
	offer := audio(t, "RTP/SAVP",
		"AES_CM_128_HMAC_SHA1_80 inline:"+key30+" UNENCRYPTED_SRTP", "AEAD_AES_128_GCM inline:"+key28+"|2^31|66:2", "AES_CM_128_HMAC_SHA1_80 inline:"+key30)
	answer, m, err := Answer(offer, secured(SRTPAllowed), g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	want := Crypto{Tag: 2, Suite: "AEAD_AES_128_GCM", Keys: []InlineKey{{Key: keyOf(1, 28)}}}
	if d := cmp.Diff([]Crypto{want}, answer.Lines[0].Crypto); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(plan.SRTP{Suite: "AEAD_AES_128_GCM", Ours: keyOf(1, 28), Theirs: key28, MKI: "0042"}, m.SRTP); d != "" {
		t.Error(d)
	}
}

// Phones that can do without offer the same sound twice.
func TestTheProtectedOneOfTwoLinesIsTaken(t *testing.T) {
	for _, order := range [][2]string{{"RTP/SAVP", "RTP/AVP"}, {"RTP/AVP", "RTP/SAVP"}} {
		lines := []string{"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"}
		for i, proto := range order {
			lines = append(lines, fmt.Sprintf("m=audio %d %s 8", 4000+2*i, proto))
			if proto == "RTP/SAVP" {
				lines = append(lines, "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"+key30)
			}
		}
		offer := read(t, lines...)
		for policy, want := range map[SRTPPolicy]string{SRTPNever: "RTP/AVP", SRTPAllowed: "RTP/SAVP", SRTPRequired: "RTP/SAVP"} {
			answer, m, err := Answer(offer, secured(policy), g711, plan.SendRecv)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range answer.Lines {
				if l.Proto != order[i] || (l.Port != 0) != (order[i] == want) {
					t.Errorf("%v, policy %d: line %d is %+v", order, policy, i, l)
				}
			}
			if m.SRTP.On() != (want == "RTP/SAVP") {
				t.Errorf("%v, policy %d: %+v", order, policy, m.SRTP)
			}
		}
	}
}

func TestAnAnswerHasOneOfTheKeysOffered_RFC4568_5_1_3(t *testing.T) {
	for name, c := range map[string]struct {
		policy SRTPPolicy
		proto  string
		crypto []string // lines
		want   string   // suite; "clear"; "" is refused
	}{
		"the third":        {SRTPRequired, "RTP/SAVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30}, "AES_CM_128_HMAC_SHA1_80"},
		"the second":       {SRTPRequired, "RTP/SAVP", []string{"a=crypto:2 AEAD_AES_128_GCM inline:" + key28}, "AEAD_AES_128_GCM"},
		"best effort":      {SRTPAllowed, "RTP/AVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30}, "AES_CM_128_HMAC_SHA1_80"},
		"does without":     {SRTPAllowed, "RTP/AVP", nil, "clear"},
		"none":             {SRTPRequired, "RTP/SAVP", nil, ""},
		"in the clear":     {SRTPRequired, "RTP/AVP", nil, ""},
		"clear with a key": {SRTPRequired, "RTP/AVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30}, ""},
		"another tag":      {SRTPRequired, "RTP/SAVP", []string{"a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:" + key30}, ""},
		"another suite":    {SRTPRequired, "RTP/SAVP", []string{"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + key30}, ""},
		"a weaker suite":   {SRTPRequired, "RTP/SAVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" + key30}, ""},
		"a short key":      {SRTPAllowed, "RTP/AVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key28}, ""},
		"a broken line":    {SRTPAllowed, "RTP/AVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 " + key30}, ""},
		"without cipher": {
			SRTPRequired, "RTP/SAVP", []string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNENCRYPTED_SRTP"}, "",
		},
		"two": {
			SRTPRequired, "RTP/SAVP",
			[]string{"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + key30, "a=crypto:2 AEAD_AES_128_GCM inline:" + key28},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			offer := offering(t, secured(c.policy), g711, plan.SendRecv)
			// What was said is read back from its text, as a leg does.
			said, err := Parse(offer.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			m, err := Accept(said, read(t, append([]string{
				"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0",
				"m=audio 4000 " + c.proto + " 8",
			}, c.crypto...)...))
			got := m.SRTP.Suite
			switch {
			case err != nil:
				got = ""
			case got == "":
				got = "clear"
			default:
				i := strings.IndexByte(c.crypto[0], ':')
				tag := int(c.crypto[0][i+1] - '0')
				if m.SRTP.Ours != offer.Lines[0].Crypto[tag-1].Keys[0].Key || !strings.Contains(c.crypto[0], string(m.SRTP.Theirs)) {
					t.Errorf("agreed %q and %q", string(m.SRTP.Ours), string(m.SRTP.Theirs))
				}
			}
			if got != c.want {
				t.Fatalf("%q, want %q: %v", got, c.want, err)
			}
		})
	}
}

func TestKeysChangeWithTheOffer_RFC4568_7_1_4(t *testing.T) {
	local := secured(SRTPRequired)
	offer := audio(t, "RTP/SAVP", "AES_CM_128_HMAC_SHA1_80 inline:"+key30)
	first, m, err := Answer(offer, local, g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	local.Was = m.SRTP
	again, same, err := Answer(offer, local, g711, plan.SendRecv)
	if err != nil || same.SRTP != m.SRTP || again.After(first).String() != first.String() {
		t.Errorf("an offer that changes nothing was answered with another key: %v", err)
	}
	offer.Lines[0].Crypto[0].Keys[0].Key = keyOf('n', 30)
	_, other, err := Answer(offer, local, g711, plan.SendRecv)
	if err != nil || other.SRTP.Ours == m.SRTP.Ours || other.SRTP.Theirs != keyOf('n', 30) {
		t.Errorf("after a new key: %+v, %v", other.SRTP, err)
	}
	one, err := Reoffer(first, local, g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Reoffer(one, local, g711, plan.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[plan.Key]bool{m.SRTP.Ours: true}
	for _, s := range []Session{one, two} {
		if s.Lines[0].Proto != "RTP/SAVP" {
			t.Errorf("offered again as %s", s.Lines[0].Proto)
		}
		for _, c := range s.Lines[0].Crypto {
			if seen[c.Keys[0].Key] {
				t.Error("a key was offered twice")
			}
			seen[c.Keys[0].Key] = true
		}
	}
}

// Whatever we offer, we can answer ourselves, and both sides hold the two keys the right way round.
func TestBothSidesHoldTheSameKeys(t *testing.T) {
	for _, policy := range []SRTPPolicy{SRTPAllowed, SRTPRequired} {
		us, them := secured(policy), secured(SRTPAllowed)
		them.NewKey = func(n int) []byte { return []byte(strings.Repeat("t", n)) }
		offer := offering(t, us, g711, plan.SendRecv)
		answer, theirs, err := Answer(offer, them, g711, plan.SendRecv)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := Accept(offer, answer)
		if err != nil || !ours.SRTP.On() || ours.SRTP.Ours != theirs.SRTP.Theirs || ours.SRTP.Theirs != theirs.SRTP.Ours || ours.SRTP.Suite != theirs.SRTP.Suite {
			t.Errorf("%v\n%q %q\n%q %q", err, string(ours.SRTP.Ours), string(ours.SRTP.Theirs), string(theirs.SRTP.Theirs), string(theirs.SRTP.Ours))
		}
	}
}

// What goes wrong is told without the key.
func TestErrorsShowNoKey(t *testing.T) {
	secret := string(keyOf('s', 30))
	for _, text := range []string{"a=crypto:1 X inline:" + secret, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + secret + "|x", "a=crypto:\x01" + secret} {
		s, err := Parse([]byte(strings.Replace(good, "RTP/AVP", "RTP/SAVP", 1) + text + "\r\n"))
		if err == nil {
			_, _, err = Answer(s, secured(SRTPRequired), g711, plan.SendRecv)
		}
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
}

// Nothing that a peer says of itself reaches another one but what we understood: our descriptions are our own.
func TestNothingUnknownCrosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := session(t)
		s.Origin.User, s.Name = "peer-user", "peer-name"
		for i := range s.Lines {
			if rapid.Bool().Draw(t, "audio") {
				s.Lines[i].Kind = "audio"
				s.Lines[i].Formats = append(s.Lines[i].Formats, "8")
			}
		}
		local := box
		local.SRTP, local.Secure, local.NewKey = SRTPAllowed, true, func(n int) []byte { return make([]byte, n) }
		answer, _, err := Answer(s, local, g711, plan.SendRecv)
		if err != nil {
			return
		}
		// The line that is taken has our attributes alone; what is refused repeats its m= line, as RFC 3264 §6 asks, to its own author.
		again, err := Reoffer(answer, local, g711, plan.SendRecv)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []Session{answer, again} {
			text := d.String()
			for _, secret := range []string{"peer-", "a=x-", "a=fmtp:20", "a=maxptime"} {
				if strings.Contains(text, secret) {
					t.Fatalf("%q of\n%s\nis in\n%s", secret, s, text)
				}
			}
			for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
				name, _, _ := strings.Cut(strings.TrimPrefix(line, "a="), ":")
				switch {
				case !strings.HasPrefix(line, "a="):
				case strings.Contains(" rtpmap fmtp ptime crypto sendrecv sendonly recvonly inactive ", " "+name+" "):
				default:
					t.Fatalf("%s in\n%s", line, text)
				}
			}
		}
	})
}

func FuzzCrypto(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4 WSH=64")
	f.Add("1 AEAD_AES_128_GCM inline:" + key28 + ";inline:" + key28 + "|3:1 KDR=0 UNENCRYPTED_SRTP")
	f.Add("1 X inline:|:|")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCrypto(text)
		if !ok {
			return
		}
		var b strings.Builder
		c.write(&b)
		if strings.Count(b.String(), "\n") != 1 {
			return // a line cannot hold it; Parse never gives one
		}
		again, ok := parseCrypto(strings.TrimSuffix(strings.TrimPrefix(b.String(), "a=crypto:"), "\r\n"))
		if d := cmp.Diff(c, again); !ok || d != "" {
			t.Fatalf("%q was written as %q%s", text, b.String(), d)
		}
		s, k, ok := c.usable()
		if !ok {
			return
		}
		if raw, err := base64.StdEncoding.DecodeString(string(k.Key)); err != nil || len(raw) != s.size {
			t.Fatalf("%q has a key of %d bytes: %v", text, len(raw), err)
		}
		if p := protection(s, "", k); len(p.MKI) != 2*k.MKISize {
			t.Fatalf("identifier %q of %d bytes", p.MKI, k.MKISize)
		}
	})
}
