package report

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/level"
	"autocom/dsp/loudness"
	"autocom/dsp/upload"
)

// Loudness is the meter for prompts and music, held against libebur128 and the signals of EBU Tech 3341, and what is made of uploads with it.
func Loudness() Subject { return Subject{Name: "loudness", Measure: measureLoudness} }

func measureLoudness(ctx context.Context, _ string) (Page, error) {
	p := Page{
		Title: "Loudness and the level of uploaded sounds",
		Intro: "Loudness is measured as ITU-R BS.1770-4 says, gated as EBU R 128 wants it, and peaks are true peaks between the samples. Prompts are brought to an active speech level " +
			fmt.Sprintf("(ITU-T P.56) of −%.0f dBm0, which is −26 dB from the overload point: what counts is how loud the words are, however long the pauses between them. ", -upload.SpeechLevel) +
			fmt.Sprintf("Music has no pauses and much bass, whose level says little about how loud it is: it is brought to −%.1f LUFS, which is what recorded prompts at that level have, so that an ", -upload.MusicLoudness) +
			fmt.Sprintf("announcement in the music is as loud as the music. True peaks stay at most %.0f dB under full scale, where A-law begins to have no room.", -upload.PeakLimit),
	}
	against, err := againstLibrary()
	if err != nil {
		return Page{}, err
	}
	p.Tables = append(p.Tables, against.table)
	p.Verdicts = append(p.Verdicts,
		Verdict{"integrated loudness against libebur128 1.2.6", "within 0.05 LU", fmt.Sprintf("within %.3f LU", against.integrated), against.integrated <= 0.05},
		Verdict{"largest momentary loudness against libebur128 1.2.6", "within 0.1 LU", fmt.Sprintf("within %.3f LU", against.momentary), against.momentary <= 0.1},
		Verdict{"true peak against libebur128 1.2.6, at 44.1 kHz and more", "within 0.2 dB", fmt.Sprintf("within %.3f dB", against.peak), against.peak <= 0.2},
	)
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	signals, err := broadcastSignals()
	if err != nil {
		return Page{}, err
	}
	p.Verdicts = append(p.Verdicts, signals...)
	curves, err := weightingCurves()
	if err != nil {
		return Page{}, err
	}
	p.Figures = append(p.Figures, Figure{
		"weighting", "What the meter's ear hears, by rate: little of the bass, a little more of what carries speech. The curve of 8 kHz bends up earlier because its filter ends at 4 kHz; libebur128 has the same.",
		plot.Chart{Title: "K weighting as measured", X: plot.Axis{Label: "frequency (Hz)", From: 20, To: 20000, Log: true}, Y: plot.Axis{Label: "gain (dB)", From: -16, To: 6}, Series: curves},
	})
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	return p, uploads(&p)
}

// A loudnessVector is a made-up sound and what libebur128 says of it (Debian's 1.2.6, by loudness_interop_test.go).
type loudnessVector struct {
	name                        string
	rate, channels              int
	make                        func(rate, channels int) []float32
	integrated, momentary, peak float64 // LUFS, LUFS, dBTP
}

func loudnessVectors() []loudnessVector {
	return []loudnessVector{
		{"sine of 997 Hz at −20 dBFS", 8000, 1, steps(997, -20, -20), -22.9962, -22.9944, -19.9984},
		{"sine of 997 Hz at −20 dBFS", 16000, 1, steps(997, -20, -20), -22.9700, -22.9684, -20.0000},
		{"sine of 997 Hz at −20 dBFS", 44100, 2, steps(997, -20, -20), -19.9972, -19.9958, -19.9949},
		{"sine of 997 Hz at −20 dBFS", 48000, 2, steps(997, -20, -20), -20.0000, -19.9986, -19.9945},
		{"sine of 997 Hz at −20 dBFS", 96000, 1, steps(997, -20, -20), -23.0276, -23.0263, -19.9993},
		{"steps across both gates, 440 Hz", 8000, 1, steps(440, -75, -60, -23, -20, -40), -24.9469, -23.4904, -20.0000},
		{"steps across both gates, 440 Hz", 16000, 1, steps(440, -75, -60, -23, -20, -40), -25.0665, -23.6101, -19.9964},
		{"steps across both gates, 440 Hz", 44100, 2, steps(440, -75, -60, -23, -20, -40), -22.1355, -20.6791, -19.9927},
		{"steps across both gates, 440 Hz", 48000, 2, steps(440, -75, -60, -23, -20, -40), -22.1393, -20.6828, -19.9927},
		{"steps across both gates, 440 Hz", 96000, 1, steps(440, -75, -60, -23, -20, -40), -25.1709, -23.7144, -19.9991},
		{"coloured noise that breathes", 8000, 1, breathing, -21.0786, -17.3927, -4.6812},
		{"coloured noise that breathes", 16000, 1, breathing, -20.0604, -16.6201, -4.0146},
		{"coloured noise that breathes", 44100, 2, breathing, -15.7630, -12.3179, -4.2191},
		{"coloured noise that breathes", 48000, 2, breathing, -15.6801, -12.1982, -3.8504},
		{"coloured noise that breathes", 96000, 1, breathing, -17.7857, -14.2957, -2.5309},
	}
}

// steps is a sine whose level in dB of full scale changes every three seconds, the same in each channel.
func steps(hz float64, levels ...float64) func(rate, channels int) []float32 {
	return func(rate, channels int) []float32 {
		var s []float32
		n := 0
		for _, l := range levels {
			peak := math.Pow(10, l/20)
			for range 3 * rate {
				v := float32(peak * math.Sin(2*math.Pi*hz*float64(n)/float64(rate)))
				for range channels {
					s = append(s, v)
				}
				n++
			}
		}
		return s
	}
}

// breathing is coloured noise that gets louder and softer, another in each channel.
func breathing(rate, channels int) []float32 {
	r := rand.New(rand.NewPCG(1770, uint64(rate)))
	s := make([]float32, 10*rate*channels)
	low := make([]float64, channels)
	for i := range s {
		c := i % channels
		low[c] = 0.9*low[c] + 0.1*(2*r.Float64()-1)
		s[i] = float32(low[c] * (0.3 + 0.9*math.Pow(math.Sin(float64(i/channels)/float64(rate)), 2)))
	}
	return s
}

func meterOf(rate, channels int, s []float32) (*loudness.Meter, error) {
	m, err := loudness.New(rate, channels)
	if err != nil {
		return nil, err
	}
	m.Add(s)
	return m, nil
}

// comparison is the worst differences from libebur128.
type comparison struct {
	table                       Table
	integrated, momentary, peak float64
}

func againstLibrary() (c comparison, err error) {
	c.table = Table{
		Caption: "Against libebur128 1.2.6, whose values are in brackets. It looks for peaks at four times the rate; this meter looks at eight times under 32 kHz, with a longer filter, and so finds others there.",
		Head:    []string{"sound", "rate (Hz)", "channels", "integrated (LUFS)", "largest momentary (LUFS)", "true peak (dBTP)"},
	}
	for _, v := range loudnessVectors() {
		m, err := meterOf(v.rate, v.channels, v.make(v.rate, v.channels))
		if err != nil {
			return c, err
		}
		c.integrated = max(c.integrated, math.Abs(m.Integrated()-v.integrated))
		c.momentary = max(c.momentary, math.Abs(m.Momentary()-v.momentary))
		if v.rate >= 44100 {
			c.peak = max(c.peak, math.Abs(m.TruePeak()-v.peak))
		}
		c.table.Rows = append(c.table.Rows, []string{
			v.name, fmt.Sprint(v.rate), fmt.Sprint(v.channels), fmt.Sprintf("%.2f (%.2f)", m.Integrated(), v.integrated),
			fmt.Sprintf("%.2f (%.2f)", m.Momentary(), v.momentary), fmt.Sprintf("%.2f (%.2f)", m.TruePeak(), v.peak),
		})
	}
	return c, nil
}

// broadcastSignals is what EBU Tech 3341 wants of a meter's integrated loudness and true peaks: its synthetic signals 1 to 5 and 15 to 19, at the telephone's rate
// and at 48 kHz.
func broadcastSignals() ([]Verdict, error) {
	loud, peak := 0.0, 0.0
	peakHolds := true
	for _, rate := range []int{telephoneRate, 48000} {
		for _, parts := range [][][2]float64{ // level (dBFS), seconds; all at −23 LUFS but the second
			{{-23, 20}}, {{-33, 20}}, {{-36, 10}, {-23, 60}, {-36, 10}}, {{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}, {{-26, 20}, {-20, 20.1}, {-26, 20}},
		} {
			m, err := loudness.New(rate, 2)
			if err != nil {
				return nil, err
			}
			n := 0
			second := make([]float32, 0, 2*rate)
			for _, part := range parts {
				for range int(math.Round(part[1] * float64(rate))) {
					v := float32(math.Pow(10, part[0]/20) * math.Sin(2*math.Pi*1000*float64(n)/float64(rate)))
					n++
					if second = append(second, v, v); len(second) == cap(second) {
						m.Add(second)
						second = second[:0]
					}
				}
			}
			m.Add(second)
			want := -23.0
			if parts[0][0] == -33 {
				want = -33
			}
			loud = max(loud, math.Abs(m.Integrated()-want))
		}
		for _, c := range []struct{ of, phase, level, want float64 }{{4, 0, 0.5, -6}, {4, 45, 0.5, -6}, {6, 60, 0.5, -6}, {8, 67.5, 0.5, -6}, {4, 45, 1.41, 3}} {
			s := make([]float32, rate)
			for i := range s {
				edge := min(1, float64(i)/400, float64(len(s)-i)/400)
				s[i] = float32(edge * c.level * math.Sin(2*math.Pi*float64(i)/c.of+c.phase*math.Pi/180))
			}
			m, err := meterOf(rate, 1, s)
			if err != nil {
				return nil, err
			}
			d := m.TruePeak() - c.want
			peakHolds = peakHolds && d <= 0.2 && d >= -0.4
			if math.Abs(d) > math.Abs(peak) {
				peak = d
			}
		}
	}
	return []Verdict{
		{"integrated loudness of signals 1 to 5 of EBU Tech 3341, at 8 and 48 kHz", "within 0.1 LU", fmt.Sprintf("within %.3f LU", loud), loud <= 0.1},
		{"true peak of signals 15 to 19 of EBU Tech 3341, at 8 and 48 kHz", "+0.2/−0.4 dB", fmt.Sprintf("%+.3f dB", peak), peakHolds},
	}, nil
}

// weightingCurves is the gain of the meter for sines, at three rates.
func weightingCurves() ([]plot.Series, error) {
	var all []plot.Series
	for _, rate := range []int{8000, 16000, 48000} {
		s := plot.Series{Name: fmt.Sprintf("%d Hz", rate)}
		for hz := 20.0; hz < 0.48*float64(rate) && hz < 20000; hz *= 1.12 {
			m, err := meterOf(rate, 1, steps(hz, -20)(rate, 1))
			if err != nil {
				return nil, err
			}
			s.Points = append(s.Points, plot.Point{X: hz, Y: m.Momentary() + 23.01 + 0.691}) // a sine of −20 dBFS is −23.01 dB of power
		}
		all = append(all, s)
	}
	return all, nil
}

// uploads shows what becomes of prompts and music of any level.
func uploads(p *Page) error {
	speech := plot.Series{Name: "prompts, active level (dBm0)", Marks: true}
	music := plot.Series{Name: "music, loudness (LUFS)", Marks: true}
	worstSpeech, worstMusic, worstPeak := 0.0, 0.0, math.Inf(-1)
	for peak := -40.0; peak <= 6; peak += 2 {
		for _, target := range []upload.Target{upload.Speech, upload.Music} {
			sound, done, err := upload.Prompt(bytes.NewReader(waveFile(44100, voice(44100, 8, peak, target))), upload.Limits{}, target)
			if err != nil {
				return err
			}
			worstPeak = max(worstPeak, done.TruePeak)
			if target == upload.Speech {
				active, _ := level.Active(sound.Samples)
				worstSpeech = max(worstSpeech, math.Abs(active-upload.SpeechLevel))
				speech.Points = append(speech.Points, plot.Point{X: peak, Y: active})
				continue
			}
			lufs, err := loudness.Integrated(sound.Samples, upload.Rate)
			if err != nil {
				return err
			}
			worstMusic = max(worstMusic, math.Abs(lufs-upload.MusicLoudness))
			music.Points = append(music.Points, plot.Point{X: peak, Y: lufs})
		}
	}
	knocked := voice(44100, 8, -30, upload.Speech)
	for i := range 600 { // at 3 s
		knocked[3*44100+i] += int16(30000 * math.Sin(float64(i)/7) * math.Exp(-float64(i)/120))
	}
	sound, done, err := upload.Prompt(bytes.NewReader(waveFile(44100, knocked)), upload.Limits{}, upload.Speech)
	if err != nil {
		return err
	}
	active, _ := level.Active(sound.Samples)
	worstPeak = max(worstPeak, done.TruePeak)
	p.Verdicts = append(p.Verdicts,
		Verdict{
			"a knock on the microphone, 30 dB over the voice: active level", fmt.Sprintf("%.0f ± 0.3 dBm0", upload.SpeechLevel), fmt.Sprintf("%.2f dBm0, %.1f dB taken from the knock", active, done.Limited),
			math.Abs(active-upload.SpeechLevel) <= 0.3,
		},
		Verdict{"active level of prompts, peaks of the file from −40 to +6 dB of full scale", fmt.Sprintf("%.0f ± 0.3 dBm0", upload.SpeechLevel), fmt.Sprintf("within %.2f dB", worstSpeech), worstSpeech <= 0.3},
		Verdict{"loudness of music, the same", fmt.Sprintf("%.1f ± 0.3 LUFS", upload.MusicLoudness), fmt.Sprintf("within %.2f LU", worstMusic), worstMusic <= 0.3},
		Verdict{"true peak of all of these", fmt.Sprintf("≤ %.1f dBTP", upload.PeakLimit), fmt.Sprintf("%.2f dBTP", worstPeak), worstPeak <= upload.PeakLimit+0.05},
	)
	p.Figures = append(p.Figures, Figure{
		"uploads", "However faint or overdriven a file is (above 0 dB it is clipped), callers hear the same level.",
		plot.Chart{
			Title: "What becomes of uploads", X: plot.Axis{Label: "peak of the file (dB of full scale)", From: -42, To: 8}, Y: plot.Axis{Label: "level or loudness", From: -32, To: -14},
			Series: []plot.Series{speech, music},
		},
	})
	return nil
}

// voice is syllables of a buzz, or of a chord for music, whose highest sample is peak dB of full scale, clipped where that is above 0.
func voice(rate int, seconds, peak float64, target upload.Target) []int16 {
	wave := make([]float64, int(seconds*float64(rate)))
	top := 0.0
	for i := range wave {
		at := float64(i) / float64(rate)
		if target == upload.Music {
			for n, hz := range []float64{110, 220, 277.18, 329.63, 880} {
				wave[i] += math.Sin(2*math.Pi*hz*at+float64(n)) / float64(n+1)
			}
			wave[i] *= 0.6 + 0.4*math.Sin(2*math.Pi*0.5*at)
		} else {
			for h := 1.0; h <= 25; h++ {
				wave[i] += math.Sin(2*math.Pi*130*h*at+h*h) / h / (1 + math.Abs(h*130-700)/400)
			}
			wave[i] *= max(0, math.Sin(2*math.Pi*3*at)) * max(0, math.Sin(2*math.Pi*0.4*at+0.3))
		}
		top = max(top, math.Abs(wave[i]))
	}
	gain := 32767 * math.Pow(10, peak/20) / top
	out := make([]int16, len(wave))
	for i, v := range wave {
		out[i] = level.Clip(v * gain)
	}
	return out
}

// waveFile is a WAVE file of 16-bit samples with one channel.
func waveFile(rate int, samples []int16) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+2*len(samples)))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(2*rate))
	b = append(b, "\x02\x00\x10\x00data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	return b
}
