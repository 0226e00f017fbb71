package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/prompts/sounds"
	"autocom/cmd/autocom-lab/internal/plot"
	"autocom/dsp/g711"
	"autocom/dsp/plc/listen"
)

// plcSet is recorded sentences of one voice that the concealer was not tuned on.
type plcSet struct {
	name, title string
	sentences   []plcSentence
}

type plcSentence struct {
	name string // of the sound that ships: "fr/prompt/goodbye"
	said []int16
}

// plcHeldOut are the prompts that ship and were spoken by somebody; the page of licences says who spoke, a person or a program.
func plcHeldOut() ([]plcSet, error) {
	sets := []plcSet{{name: "fr", title: "French, Armelle Desjardins"}, {name: "en", title: "English, Allison Smith"}}
	marks := []string{"Armelle ", "Allison "}
	from := plcSources(sounds.Licences())
	for i := range sets {
		for _, name := range sounds.Names() { // sorted
			source := from[name]
			if !strings.HasPrefix(name, sets[i].name+"/prompt/") || !strings.HasPrefix(source, marks[i]) || plcContained(source, from) {
				continue
			}
			alaw, err := sounds.ALaw(name)
			if err != nil {
				return nil, err
			}
			said := make([]int16, len(alaw)/listen.Frame*listen.Frame)
			g711.ALaw.Decode(said, alaw[:len(said)])
			sets[i].sentences = append(sets[i].sentences, plcSentence{name, said})
		}
		if len(sets[i].sentences) == 0 {
			return nil, fmt.Errorf("no recorded prompt %s ships", sets[i].name)
		}
	}
	return sets, nil
}

// plcSources reads where each sound is from, out of the table of the licences' page.
func plcSources(page string) map[string]string {
	from := map[string]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if name, ok := strings.CutSuffix(strings.TrimSpace(cells[0]), ".wav"); ok && len(cells) == 3 {
			from[name] = strings.TrimSpace(cells[2])
		}
	}
	return from
}

// plcContained says whether a longer prompt holds the same recording: no sentence counts twice.
func plcContained(source string, from map[string]string) bool {
	for _, other := range from {
		if other != source && slices.Contains(strings.Split(other, " + "), source) {
			return true
		}
	}
	return false
}

// plcHeldOutRates are the shares of frames lost, in per cent, by the pattern's name.
func plcHeldOutRates(pattern string) []int {
	if pattern == "random" {
		return []int{1, 5, 10}
	}
	return []int{5, 10}
}

// measureHeldOut adds to the page what becomes of sentences on which nothing was tuned.
func measureHeldOut(ctx context.Context, p *Page) error {
	sets, err := plcHeldOut()
	if err != nil {
		return err
	}
	var tables []Table
	for _, set := range sets {
		samples := 0
		for _, s := range set.sentences {
			samples += len(s.said)
		}
		table := Table{
			Caption: fmt.Sprintf("**Held out: %s**, %d sentences, %d s. Mean over sentences, in dB; in brackets, the share of the sentences in which PLC is ahead of that way.",
				set.title, len(set.sentences), samples/8000),
			Head: []string{"loss", "way", "SNR, frames with a pitch", "SNR, all frames", "spectral distance"},
		}
		for _, pattern := range plcPatterns() {
			var means []plcScores
			var scores []plcScores // of the last rate, by sentence
			for _, percent := range plcHeldOutRates(pattern.name) {
				scores = nil
				for i, s := range set.sentences {
					if err := ctx.Err(); err != nil {
						return err
					}
					scores = append(scores, plcMeasure(s.said, pattern, float64(percent)/100, uint64(1000*(i+1))))
				}
				mean := plcMean(scores)
				for way := range listen.Silent + 1 {
					table.Rows = append(table.Rows, plcRow(fmt.Sprintf("%d %% %s", percent, pattern.title), way, mean, scores))
				}
				means = append(means, mean)
			}
			p.Verdicts = append(p.Verdicts, plcHeldOutVerdicts(set, pattern, means)...)
			p.Figures = append(p.Figures, plcLead(set, pattern, scores))
		}
		tables = append(tables, table)
	}
	p.Tables = append(tables, p.Tables...) // what is to be believed comes first
	return nil
}

func plcMean(scores []plcScores) (m plcScores) {
	n := float64(len(scores))
	for _, s := range scores {
		for way := range listen.Silent + 1 {
			m.voiced[way] += s.voiced[way] / n
			m.all[way] += s.all[way] / n
			m.distance[way] += s.distance[way] / n
		}
	}
	return m
}

func plcRow(loss string, way listen.Way, mean plcScores, scores []plcScores) []string {
	row := []string{loss, way.String(), plcDB(mean.voiced[way]), plcDB(mean.all[way]), plcDB(mean.distance[way])}
	if way == listen.Concealed {
		return row
	}
	for i, lead := range []plcAhead{plcVoiced, plcAll, plcNearer} {
		n := 0
		for _, s := range scores {
			if lead(s, way) > 0 {
				n++
			}
		}
		row[2+i] += fmt.Sprintf(" (%.0f %%)", 100*float64(n)/float64(len(scores)))
	}
	return row
}

// plcDB writes a level, with no sign before nothing.
func plcDB(v float64) string {
	if s := fmt.Sprintf("%.1f", v); s != "-0.0" {
		return s
	}
	return "0.0"
}

// plcAhead says by how many dB concealment is better than another way, by one measure.
type plcAhead func(s plcScores, way listen.Way) float64

func plcVoiced(s plcScores, way listen.Way) float64 {
	return s.voiced[listen.Concealed] - s.voiced[way]
}
func plcAll(s plcScores, way listen.Way) float64 { return s.all[listen.Concealed] - s.all[way] }
func plcNearer(s plcScores, way listen.Way) float64 {
	return s.distance[way] - s.distance[listen.Concealed]
}

// plcAllOverSilence is the limit, in dB, of the one verdict that did not hold when no more than to be ahead was wanted; the page says so.
const plcAllOverSilence = -1

// plcHeldOutVerdicts want no more than to be ahead, but for that limit: nothing was fitted to these sentences.
func plcHeldOutVerdicts(set plcSet, pattern plcPattern, means []plcScores) (v []Verdict) {
	var rates []string
	for _, percent := range plcHeldOutRates(pattern.name) {
		rates = append(rates, fmt.Sprint(percent))
	}
	what := fmt.Sprintf("held out, %s, %s %% lost %s: ", set.title, strings.Join(rates, ", "), pattern.title)
	for _, c := range []struct {
		says  string
		ahead plcAhead
		than  listen.Way
		above float64
	}{
		{"SNR of frames with a pitch, above silence", plcVoiced, listen.Silent, 0},
		{"SNR of frames with a pitch, above repetition", plcVoiced, listen.Repeated, 0},
		{"SNR of all frames, above silence", plcAll, listen.Silent, plcAllOverSilence},
		{"SNR of all frames, above repetition", plcAll, listen.Repeated, 0},
		{"spectrally nearer than silence", plcNearer, listen.Silent, 0},
		{"spectrally nearer than repetition", plcNearer, listen.Repeated, 0},
	} {
		if c.than == listen.Repeated && pattern.name != "random" {
			continue // repetition does not fade
		}
		holds, got := true, []string(nil)
		for _, m := range means {
			lead := c.ahead(m, c.than)
			holds = holds && lead > c.above
			got = append(got, plcDB(lead))
		}
		v = append(v, Verdict{what + c.says, fmt.Sprintf("> %.0f dB each", c.above), strings.Join(got, ", ") + " dB", holds})
	}
	return v
}

// plcLead shows how far PLC is ahead, from its worst sentence to its best.
func plcLead(set plcSet, pattern plcPattern, scores []plcScores) Figure {
	chart := plot.Chart{
		Title: fmt.Sprintf("Held out, %s: 10 %% lost %s", set.title, pattern.title),
		X:     plot.Axis{Label: "sentences, each curve from its worst to its best"}, Y: plot.Axis{Label: "PLC ahead by (dB)", From: -4, To: 8},
	}
	for _, way := range []listen.Way{listen.Silent, listen.Repeated} {
		for _, c := range []struct {
			name  string
			ahead plcAhead
		}{{"voiced SNR over ", plcVoiced}, {"whole SNR over ", plcAll}, {"distance over ", plcNearer}} {
			series := plot.Series{Name: c.name + way.String(), Marks: true, Dashed: way == listen.Repeated}
			var leads []float64
			for _, s := range scores {
				leads = append(leads, c.ahead(s, way))
			}
			slices.Sort(leads)
			for i, lead := range leads {
				series.Points = append(series.Points, plot.Point{X: float64(i + 1), Y: lead})
			}
			chart.Series = append(chart.Series, series)
		}
	}
	return Figure{"heldout-" + set.name + "-" + pattern.name, "Sentences nothing was tuned on. Above 0, PLC is ahead by that measure: the SNR of frames with a pitch (voiced), of all frames (whole), and spectral distance.", chart}
}
