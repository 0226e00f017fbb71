package sdp_test

import (
	"net/netip"
	"reflect"
	"testing"

	"autocom/cmd/autocom-lab/internal/sdp"
)

func TestWrittenIsRead(t *testing.T) {
	for _, a := range []string{"127.0.0.2:4000", "[::1]:4000"} {
		want := sdp.Session{Addr: netip.MustParseAddrPort(a), Codecs: []uint8{8, 0}, Event: 101, Direction: sdp.SendOnly}
		got, err := sdp.Parse(want.Bytes())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestMediaLevelWinsAndOtherStreamsAreIgnored(t *testing.T) {
	s, err := sdp.Parse([]byte("v=0\r\nc=IN IP4 10.0.0.1\r\na=inactive\r\nm=video 9 RTP/AVP 0\r\na=sendonly\r\nm=audio 5000 RTP/AVP 18 0 96\r\nc=IN IP4 10.0.0.2\r\na=rtpmap:96 telephone-event/8000\r\na=recvonly\r\nm=audio 6000 RTP/AVP 8\r\nc=IN IP4 10.0.0.3\r\na=sendrecv\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr.String() != "10.0.0.2:5000" || s.Event != 96 || len(s.Codecs) != 1 || s.Codecs[0] != 0 || s.Direction != sdp.RecvOnly {
		t.Errorf("%+v", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sdp.Session{Addr: netip.MustParseAddrPort("127.0.0.2:4000"), Codecs: []uint8{8, 0}, Event: 101}.Bytes())
	f.Add([]byte("m=audio x y z"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = sdp.Parse(b) })
}
