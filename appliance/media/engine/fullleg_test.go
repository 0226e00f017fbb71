package engine

import (
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/jitter"
	"autocom/dsp/level"
	"autocom/dsp/mix"
	"autocom/dsp/plc"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

// everything is all that signal processing can do to one leg of a conference of three, 20 ms at a time.
type everything struct {
	ring     jitter.Buffer
	conceal  plc.Concealer
	keys     dtmf.Receiver
	line     *progress.Detector
	loud     level.Running
	mixer    *mix.Mixer
	voice    [][FrameSize]byte
	said     [FrameSize]byte
	pcm, mix [FrameSize]int16
	others   [2][FrameSize]int16
	notices  [8]dtmf.Notice
	reports  [8]progress.Report
	in, out  [3][]int16
	n        int
}

func newEverything(tb testing.TB) *everything {
	mixer, err := mix.New(3)
	must(tb, err)
	mixer.Hear(0, 1, 2)
	mixer.Hear(1, 0, 2)
	mixer.Hear(2, 0, 1)
	e := &everything{mixer: mixer, line: progress.New(tone.France()), voice: make([][FrameSize]byte, 50)}
	speech := tone.NewGenerator(tone.Tone{Segments: []tone.Segment{
		{Samples: 900, Hz: []float64{190, 570, 1140}, DBm0: -20}, {Samples: 500, Hz: []float64{240, 2400}, DBm0: -26}, {Samples: 700},
	}})
	for i := range e.voice {
		var pcm [FrameSize]int16
		speech.Next(pcm[:])
		g711.ALaw.Encode(e.voice[i][:], pcm[:])
		if i < 2 {
			e.others[i] = pcm
		}
	}
	for i := range e.out {
		e.in[i], e.out[i] = e.pcm[:], nil
	}
	e.in[1], e.in[2], e.out[0] = e.others[0][:], e.others[1][:], e.mix[:]
	return e
}

// frame is one leg's 20 ms, from packet to packet; every fiftieth packet is lost.
func (e *everything) frame() {
	if e.n%50 != 49 {
		e.ring.Put(uint16(e.n), uint32(e.n*FrameSize), e.voice[e.n%50][:], int64(e.n*FrameSize))
	}
	e.n++
	for at := 0; at < FrameSize; {
		n, kind := e.ring.Pull(e.said[at:])
		if pcm := e.pcm[at : at+n]; kind == jitter.Lost {
			e.conceal.Lost(pcm)
		} else {
			g711.ALaw.Decode(pcm, e.said[at:at+n])
			e.conceal.Good(pcm)
		}
		at += n
	}
	e.keys.Listen(e.notices[:0], e.pcm[:])
	e.line.Write(e.reports[:0], e.pcm[:])
	e.loud.Add(e.pcm[:])
	e.mixer.Frame(e.out[:], e.in[:])
	g711.ALaw.Encode(e.said[:], e.mix[:])
}

func TestALegWithEverythingAllocatesNothing(t *testing.T) {
	e := newEverything(t)
	if n := testing.AllocsPerRun(500, e.frame); n != 0 {
		t.Errorf("%.1f allocations a frame", n)
	}
}

// BenchmarkLegWithEverything is the budget of the signal processing: 25 ns/sample on the machine of docs/benchmarks.md.
func BenchmarkLegWithEverything(b *testing.B) {
	e := newEverything(b)
	b.ReportAllocs()
	for b.Loop() {
		e.frame()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*FrameSize), "ns/sample")
}
