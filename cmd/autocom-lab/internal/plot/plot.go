// Package plot draws measured curves as SVG that a person can read on a page, in daylight and in the dark.
package plot

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// A Point is one measured value.
type Point struct{ X, Y float64 }

// A Series is one curve. Name stands in the legend; Marks draws each point besides the line.
type Series struct {
	Name   string
	Points []Point
	Marks  bool
	Dashed bool // of a limit or a comparison rather than of what was measured
}

// An Axis is one side of the chart. With From equal to To, the values decide.
type Axis struct {
	Label    string // with the unit: "frequency (Hz)"
	From, To float64
	Log      bool // base 10; From and every value must be above 0
}

// A Chart is curves over two axes.
type Chart struct {
	Title  string
	X, Y   Axis
	Series []Series
}

// Sizes in pixels of the viewBox; the page scales it.
const (
	width, height            = 720, 380
	left, right, top, bottom = 70, 16, 40, 92
)

// Colours that stay apart for people who do not see all of them (Okabe and Ito), and dashes besides, so that colour is never alone.
var (
	colours = [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"}
	dashes  = [...]string{"", "7 3", "2 3", "9 3 2 3", "12 4", "1 4"}
)

// SVG is the drawing. Values that are no number are left out of their curve, which has a gap there.
func (c Chart) SVG() []byte {
	x, y := c.scale(c.X, func(p Point) float64 { return p.X }), c.scale(c.Y, func(p Point) float64 { return p.Y })
	x.low, x.high = left, width-right
	y.low, y.high = height-bottom, top
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="12">`+"\n",
		width, height, html.EscapeString(c.Title))
	b.WriteString("<style>.ink{fill:#1b1f24}.grid{stroke:#d7dbe0}.paper{fill:#fff}@media(prefers-color-scheme:dark){.ink{fill:#e6e8eb}.grid{stroke:#3a4048}.paper{fill:#14171a}}</style>\n")
	fmt.Fprintf(&b, `<rect class="paper" width="%d" height="%d"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text class="ink" x="%d" y="22" font-size="14" font-weight="600">%s</text>`+"\n", left, html.EscapeString(c.Title))
	for _, v := range x.ticks() {
		at := x.at(v)
		fmt.Fprintf(&b, `<path class="grid" d="M%s %dV%d"/><text class="ink" x="%s" y="%d" text-anchor="middle">%s</text>`+"\n", px(at), top, height-bottom, px(at), height-bottom+16, number(v))
	}
	for _, v := range y.ticks() {
		at := y.at(v)
		fmt.Fprintf(&b, `<path class="grid" d="M%d %sH%d"/><text class="ink" x="%d" y="%s" text-anchor="end">%s</text>`+"\n", left, px(at), width-right, left-6, px(at+4), number(v))
	}
	fmt.Fprintf(&b, `<text class="ink" x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+width-right)/2, height-bottom+36, html.EscapeString(c.X.Label))
	fmt.Fprintf(&b, `<text class="ink" transform="translate(16 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+height-bottom)/2, html.EscapeString(c.Y.Label))
	for i, s := range c.Series {
		s.draw(&b, i, x, y)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (s Series) draw(b *strings.Builder, i int, x, y scale) {
	colour, dash := colours[i%len(colours)], dashes[i%len(dashes)]
	if s.Dashed {
		dash = "4 4"
	}
	style := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"`, colour, dash)
	var path strings.Builder
	verb := "M"
	for _, p := range s.Points {
		if !x.takes(p.X) || !y.takes(p.Y) {
			verb = "M"
			continue
		}
		at := [2]string{px(x.at(p.X)), px(y.at(p.Y))}
		path.WriteString(verb + at[0] + " " + at[1])
		verb = "L"
		if s.Marks {
			fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="3" fill="%s"/>`+"\n", at[0], at[1], colour)
		}
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path d="%s" %s/>`+"\n", path.String(), style)
	}
	// Three names a line, below the axis.
	lx, ly := left+i%3*212, height-bottom+56+i/3*18
	fmt.Fprintf(b, `<path d="M%d %dh26" %s/><text class="ink" x="%d" y="%d">%s</text>`+"\n", lx, ly-4, style, lx+32, ly, html.EscapeString(s.Name))
}

// scale turns values into pixels.
type scale struct {
	from, to  float64
	low, high float64 // pixels
	log       bool
}

func (c Chart) scale(a Axis, of func(Point) float64) scale {
	s := scale{from: a.From, to: a.To, log: a.Log}
	if a.From != a.To {
		return s
	}
	s.from, s.to = math.Inf(1), math.Inf(-1)
	for _, series := range c.Series {
		for _, p := range series.Points {
			if v := of(p); s.takes(v) {
				s.from, s.to = min(s.from, v), max(s.to, v)
			}
		}
	}
	switch {
	case s.from > s.to: // no value at all
		s.from, s.to = 1, 10
	case s.from == s.to:
		s.from, s.to = s.from-0.5, s.to+0.5
		if s.log {
			s.from, s.to = s.from/2, s.to*2
		}
	case !s.log:
		margin := (s.to - s.from) * 0.04
		s.from, s.to = s.from-margin, s.to+margin
	}
	return s
}

func (s scale) takes(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!s.log || v > 0)
}

// at is clamped to the axis, so that a curve that leaves the chart runs along its edge.
func (s scale) at(v float64) float64 {
	from, to := s.from, s.to
	if s.log {
		from, to, v = math.Log10(from), math.Log10(to), math.Log10(v)
	}
	return s.low + (s.high-s.low)*max(0, min(1, (v-from)/(to-from)))
}

// ticks are round values, at most some ten.
func (s scale) ticks() []float64 {
	var out []float64
	if s.log {
		for decade := math.Floor(math.Log10(s.from)); decade <= math.Log10(s.to); decade++ {
			for _, m := range []float64{1, 2, 5} {
				if v := m * math.Pow(10, decade); v >= s.from*0.999 && v <= s.to*1.001 {
					out = append(out, v)
				}
			}
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10(s.to-s.from)))
	for _, m := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if (s.to-s.from)/(step*m) <= 9 {
			step *= m
			break
		}
	}
	for i := math.Ceil(s.from / step); i*step <= s.to+step/1e6; i++ {
		out = append(out, i*step)
	}
	return out
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// number writes a tick without the noise of binary fractions.
func number(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	return strings.Replace(strconv.FormatFloat(v, 'g', 6, 64), "-", "−", 1)
}
