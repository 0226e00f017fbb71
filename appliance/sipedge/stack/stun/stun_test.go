package stun

import (
	"net/netip"
	"testing"
)

func FuzzSTUN(f *testing.F) {
	f.Add(Ask(ID{}))
	f.Add(Answer(ID{1}, netip.MustParseAddrPort("192.0.2.9:5070")))
	f.Add(Answer(ID{1}, netip.MustParseAddrPort("[2001:db8::9]:5070")))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, id, attributes, ok := Message(data)
		if !ok {
			return
		}
		if at, ok := From(id, attributes); ok {
			if _, _, again, ok := Message(Answer(id, at)); !ok {
				t.Fatal("our own answer cannot be read")
			} else if back, ok := From(id, again); !ok || back != at {
				t.Fatalf("%v became %v", at, back)
			}
		}
	})
}

// RFC 5769 §2.2 and §2.3: the addresses of its sample answers.
func TestSTUNVectors_RFC5769(t *testing.T) {
	id := ID{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae}
	for want, attribute := range map[string]string{
		"192.0.2.1:32853": "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43",
		"[2001:db8:1234:5678:11:2233:4455:6677]:32853": "\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9",
	} {
		at, ok := From(id, []byte(attribute))
		if !ok || at.String() != want {
			t.Errorf("%v, want %s", at, want)
		}
		if got := string(Answer(id, at)[header:]); got != attribute {
			t.Errorf("%x, want %x", got, attribute)
		}
	}
}
