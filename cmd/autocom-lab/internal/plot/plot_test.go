package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func TestSVGIsWellFormedWhateverIsMeasured(t *testing.T) {
	for name, c := range map[string]Chart{
		"nothing":  {Title: "a < b & c"},
		"a point":  {Series: []Series{{Name: "one", Points: []Point{{1, 2}}}}},
		"no value": {Series: []Series{{Points: []Point{{math.NaN(), 1}, {1, math.Inf(-1)}}}}},
		"log":      {X: Axis{Log: true}, Series: []Series{{Points: []Point{{0, 1}, {20, 2}, {4000, 3}}, Marks: true}}},
		"many": {Y: Axis{From: 0, To: 100, Label: "detected (%)"}, Series: []Series{
			{Name: "1", Points: []Point{{0, 0}, {1, 200}}},
			{Name: "2", Dashed: true},
			{Name: "3"},
			{Name: "4"},
			{Name: "5"},
			{Name: "6"},
			{Name: "7"},
		}},
	} {
		svg := string(c.SVG())
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a coordinate is no number:\n%s", name, svg)
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
	}
}

func TestCurveHasAGapWhereNothingWasMeasured(t *testing.T) {
	c := Chart{X: Axis{From: 0, To: 3}, Y: Axis{From: 0, To: 1}, Series: []Series{{Points: []Point{{0, 0}, {1, 1}, {2, math.NaN()}, {3, 0}}}}}
	if want := "M70.0 288.0L281.3 40.0M704.0 288.0"; !strings.Contains(string(c.SVG()), want) {
		t.Errorf("the curve is not %s:\n%s", want, c.SVG())
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, s := range []scale{{from: 0, to: 1}, {from: -36.2, to: 0.4}, {from: 17, to: 4023}, {from: 1e-7, to: 3e-7}, {from: 20, to: 4000, log: true}} {
		ticks := s.ticks()
		if len(ticks) < 3 || len(ticks) > 11 {
			t.Errorf("from %g to %g: %v", s.from, s.to, ticks)
		}
		for _, v := range ticks {
			if v < s.from*1.0001 && v < s.from-1e-9 || v > s.to+s.to/1e5 {
				t.Errorf("from %g to %g: a tick at %g", s.from, s.to, v)
			}
		}
	}
}
