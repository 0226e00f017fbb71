package sim

import (
	"strings"
	"testing"
	"testing/synctest"
)

const begin = "# Proves something.\nsite two-queues\nmedia none\n"

// play runs the text of a story.
func play(t *testing.T, text string) (facts []string, err error) {
	t.Helper()
	s, err := ParseStory("story", text)
	if err != nil {
		return nil, err
	}
	set, err := s.Setting("testdata/sites")
	if err != nil {
		return nil, err
	}
	synctest.Test(t, func(t *testing.T) {
		w, werr := NewWorld(set)
		if werr != nil {
			t.Fatal(werr)
		}
		facts, err = s.Run(w, func(string) {})
		if cerr := w.Close(); cerr != nil {
			t.Error(cerr)
		}
	})
	return facts, err
}

// TestAStoryCanFail: what is not true, not understood or left over is an error that names the line.
func TestAStoryCanFail(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no sentence it proves", "site two-queues\n", "begins with a comment"},
		{"no site", "# Proves something.\nat 0s 201 dials 204\n", "says its site"},
		{"unknown site", "# Proves something.\nsite nowhere\n", "nowhere.yaml"},
		{"no time", begin + "at noon 201 dials 204\n", "story:4: \"noon\" is no time"},
		{"time runs back", begin + "at 5s 201 is free\nat 2s 201 is free\n", "story:5: it is 5s already"},
		{"a head nobody knows", begin + "weather rainy\nat 0s 201 is free\n", "story:4: \"weather rainy\""},
		{"a bad percentage", begin + "wire loses much\n", "no percentage"},
		{"a deed nobody knows", begin + "at 0s 201 dials 204\nexpect 204 rings\nat 2s 204 sings\n", "story:6: at 2s: nobody \"sings\""},
		{"a deed without a call", begin + "at 0s 201 answers\n", "201 has no call"},
		{"a deed at the wrong moment", begin + "at 0s 201 dials 204\nat 1s 201 answers\n", "story:5: at 1s: 201 cannot"},
		{"an expectation nobody knows", begin + "at 0s 201 dials 204\nexpect 204 smiles\n", "\"smiles\" cannot be seen"},
		{"a phone that does not ring", begin + "at 0s 201 dials 204\nexpect 203 rings\n", "expected \"203 rings\" within 1s; instead: 203 is idle"},
		{"music that is not there", begin + "at 0s caller 0612345678 dials 0140506070\nexpect caller hears prompt welcome\n", "instead: caller hears music"},
		{"another outcome", begin + "at 0s caller 0612345678 dials 0140509999\nexpect call answered\n", "instead: the last call that ended is failed"},
		{"a late ring", begin + "at 0s caller 0612345678 dials 0140506071\nexpect 201 rings within 2s\n", "instead: 201 is idle"},
		{"somebody who never hangs up", begin + "at 0s 203 dials 204\nat 2s 204 answers\n", "something was left: call 1-000001, talking"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := play(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestDeafEngineIsHeard: the tones of a story with sound can tell that two people do not hear each other.
func TestDeafEngineIsHeard(t *testing.T) {
	text := "# Proves that tones are listened to.\nsite two-queues\nat 0s 203 dials 204\nat 2s 204 answers\nat 3s 204 falls silent\nexpect 203 and 204 hear each other\n"
	if _, err := play(t, text); err != nil {
		t.Fatalf("the last tones are still heard: %v", err)
	}
	text = strings.Replace(text, "expect", "at 4s 203 is free\nexpect", 1)
	if _, err := play(t, text); err == nil || !strings.Contains(err.Error(), "203 hears nothing") {
		t.Errorf("%v", err)
	}
}

func FuzzParseStory(f *testing.F) {
	f.Add(begin + "at 0s 201 dials 204; 202 is busy\nexpect 204 rings within 2s\n   x\nat 1s\n\nfacts\n  call x\n")
	f.Add("at\nexpect\n  \n")
	f.Add("# c\n expect a")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseStory("fuzz", text); err == nil && s.Proves == "" {
			t.Error("a story without its sentence")
		}
	})
}

func FuzzReadSDP(f *testing.F) {
	f.Add("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8 0\r\na=sendonly\r\n")
	f.Add("m=audio 99999 RTP/AVP x")
	f.Fuzz(func(t *testing.T, body string) {
		if at, _, _, ok := readSDP(body); ok && !at.Addr().IsValid() {
			t.Error("sound without an address")
		}
	})
}
