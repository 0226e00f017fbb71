package quality_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"github.com/pion/rtcp"

	"autocom/dsp/quality"
)

// full has another value in every field.
func full() quality.Report {
	return quality.Report{
		SSRC: 0x89abcdef, LossRate: 5, DiscardRate: 6, BurstDensity: 7, GapDensity: 8,
		BurstDuration: 0x1111, GapDuration: 0x2222, RoundTrip: 0x3333, EndSystem: 0x4444,
		Signal: -19, Noise: -58, ReturnLoss: 51, Gmin: 16, R: 85, ExternalR: quality.Unavailable, MOSLQ: 42, MOSCQ: 40,
		Concealment: quality.ConcealmentStandard, Buffer: quality.BufferAdaptive, Rate: 9,
		Nominal: 0x1122, Most: 0x3344, Limit: 0x5566,
	}
}

const golden = "80cf000a01020304" + // V=2, PT=207, 10 words more; sender
	"07000008" + "89abcdef" + "05060708" + "11112222" + "33334444" + "edc63310" + "557f2a28" + "f9001122" + "33445566"

func TestRFC3611Section4_7GoldenBytes(t *testing.T) {
	r := full()
	got := quality.AppendPacket(nil, 0x01020304, r)
	if hex.EncodeToString(got) != golden {
		t.Errorf("wrote %x\nwant  %s", got, golden)
	}
	sender, back, err := quality.ParsePacket(got, nil)
	if err != nil || sender != 0x01020304 || len(back) != 1 || back[0] != r {
		t.Errorf("read %x, %+v, %v", sender, back, err)
	}
}

// pion/rtcp, another hand's reading of RFC 3611, agrees both ways.
func TestRFC3611AnotherImplementationAgrees(t *testing.T) {
	r := full()
	var theirs rtcp.ExtendedReport
	if err := theirs.Unmarshal(quality.AppendPacket(nil, 7, r)); err != nil {
		t.Fatal(err)
	}
	b, ok := theirs.Reports[0].(*rtcp.VoIPMetricsReportBlock)
	if !ok || theirs.SenderSSRC != 7 || b.SSRC != r.SSRC || b.LossRate != r.LossRate || b.DiscardRate != r.DiscardRate ||
		b.BurstDensity != r.BurstDensity || b.GapDensity != r.GapDensity || b.BurstDuration != r.BurstDuration || b.GapDuration != r.GapDuration ||
		b.RoundTripDelay != r.RoundTrip || b.EndSystemDelay != r.EndSystem || int8(b.SignalLevel) != r.Signal || int8(b.NoiseLevel) != r.Noise ||
		b.RERL != r.ReturnLoss || b.Gmin != r.Gmin || b.RFactor != r.R || b.ExtRFactor != r.ExternalR || b.MOSLQ != r.MOSLQ || b.MOSCQ != r.MOSCQ ||
		b.RXConfig != 0xf9 || b.JBNominal != r.Nominal || b.JBMaximum != r.Most || b.JBAbsMax != r.Limit {
		t.Fatalf("they read %+v", theirs.Reports[0])
	}
	b.SSRC = 1
	theirs.Reports = []rtcp.ReportBlock{
		&rtcp.ReceiverReferenceTimeReportBlock{NTPTimestamp: 42}, b, // a block of another kind is passed over
	}
	p, err := theirs.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r.SSRC = 1
	if sender, back, err := quality.ParsePacket(p, nil); err != nil || sender != 7 || len(back) != 1 || back[0] != r {
		t.Errorf("read %+v, %v", back, err)
	}
}

func TestRFC3611ReservedValuesAreUnavailable(t *testing.T) {
	r := full()
	r.R, r.ExternalR, r.MOSLQ, r.MOSCQ = 101, 255, 9, 51
	got, err := quality.ParseReport(r.Append(nil))
	if err != nil || got.R != quality.Unavailable || got.ExternalR != quality.Unavailable || got.MOSLQ != quality.Unavailable || got.MOSCQ != quality.Unavailable {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadPacketsAreRefused(t *testing.T) {
	good := quality.AppendPacket(nil, 1, full())
	edit := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":                      nil,
		"short":                        good[:7],
		"cut":                          good[:len(good)-1],
		"version 1":                    edit(0, 1<<6),
		"another packet":               edit(1, 201),
		"longer than it is":            edit(3, 11),
		"cuts its block":               edit(3, 9),
		"no room for its sender":       edit(3, 0),
		"block longer than the packet": edit(11, 9),
		"block of another size":        edit(11, 7),
		"padding of 0":                 {2<<6 | 1<<5, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0, 0},
		"padding of half a word":       {2<<6 | 1<<5, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0, 2},
		"padding longer than it is":    {2<<6 | 1<<5, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0, 8},
	} {
		if _, got, err := quality.ParsePacket(b, nil); !errors.Is(err, quality.ErrReport) || len(got) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	padded := append(edit(0, 2<<6|1<<5), 0, 0, 0, 4)
	padded[3]++
	if _, got, err := quality.ParsePacket(padded, nil); err != nil || len(got) != 1 {
		t.Errorf("padding: %+v, %v", got, err)
	}
}

func TestAPacketIsBounded(t *testing.T) {
	many := make([]quality.Report, 100)
	b := quality.AppendPacket(nil, 1, many...)
	if len(b) != 8+36*quality.MaxReports {
		t.Fatalf("%d bytes", len(b))
	}
	long := append(bytes.Clone(b), b[8:]...)
	words := len(long)/4 - 1
	long[2], long[3] = byte(words>>8), byte(words)
	if _, got, err := quality.ParsePacket(long, nil); err != nil || len(got) != quality.MaxReports {
		t.Errorf("%d reports, %v", len(got), err)
	}
}

func TestReportOfACall(t *testing.T) {
	var m quality.Meter
	gilbert(&m, 5000, 0.02, 0.5, 3)
	c := m.Counts()
	r := quality.Of(9, c, 20)
	there := c.Conditions(200, true)
	r.RoundTrip, r.EndSystem, r.Concealment = 280, 120, quality.ConcealmentStandard
	r.Judge(there)
	if r.R == quality.Unavailable || r.MOSCQ >= r.MOSLQ || r.MOSCQ < 10 {
		t.Fatalf("%+v", r)
	}
	// The peer, who only has the report, comes to nearly the same rating.
	back := r.Conditions(20)
	if d := quality.R(back) - quality.R(there); d < -8 || d > 8 || back.Delay != 200 || !back.Concealed {
		t.Errorf("here %.1f of %+v, there %.1f of %+v", quality.R(there), there, quality.R(back), back)
	}
}

func TestReportsAllocateNothing(t *testing.T) {
	r := full()
	b := make([]byte, 0, 100)
	into := make([]quality.Report, 0, 4)
	if a := testing.AllocsPerRun(100, func() {
		b = quality.AppendPacket(b[:0], 1, r)
		_, got, err := quality.ParsePacket(b, into[:0])
		if err != nil || len(got) != 1 {
			t.Fatal(err)
		}
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func FuzzParsePacket(f *testing.F) {
	b, _ := hex.DecodeString(golden)
	f.Add(b)
	f.Add(quality.AppendPacket(nil, 1, full(), full()))
	f.Add([]byte{0x80, 207, 0, 1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		sender, reports, err := quality.ParsePacket(b, nil)
		if err != nil {
			return
		}
		if len(reports) > quality.MaxReports || 36*len(reports) > len(b) {
			t.Fatalf("%d reports of %d bytes", len(reports), len(b))
		}
		for _, r := range reports {
			if x := quality.R(r.Conditions(20)); !(x >= 0 && x <= 100) {
				t.Fatalf("R %v of %+v", x, r)
			}
		}
		again, back, err := quality.ParsePacket(quality.AppendPacket(nil, sender, reports...), nil)
		if err != nil || again != sender || len(back) != len(reports) || len(back) > 0 && !reflect.DeepEqual(back, reports) {
			t.Fatalf("%+v became %+v, %v", reports, back, err)
		}
	})
}
