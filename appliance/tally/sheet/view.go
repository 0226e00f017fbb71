package sheet

import (
	"fmt"
	"strconv"

	"autocom/appliance/exchange/hours"
	"autocom/appliance/tally/kpi"
)

// Units of columns that are no figures.
const (
	UnitCount = "count"
	UnitMS    = "ms"
)

// Head is a column as people read it.
type Head struct {
	Code    Column
	Name    string
	Unit    string // UnitCount, UnitMS, or that of the figure
	Formula string // of a figure: what is divided by what
}

// Cell is one number of a line. A figure that does not exist, or that the line cannot have, has no Value and says "–".
type Cell struct {
	Value    *int64 // in parts of the unit
	Parts    int64  // how many make one
	Num, Den int64  // of a figure: they add up, figures do not
	Text     string // as people read it
}

// Heads are the columns of the table.
func (s Sheet) Heads(l Language) []Head {
	w := &writer{how: Spelling{Language: l}}
	var all []Head
	for _, code := range s.Request.Columns {
		c, _ := code.find()
		h := Head{Code: code, Name: w.say(c.french, c.english), Unit: UnitCount}
		switch {
		case c.span:
			h.Unit = UnitMS
		case c.count == nil:
			h.Unit = string(c.figure.Unit)
			h.Formula = w.say(c.figure.Num+" ÷ "+c.figure.Den, c.figure.NumEN+" ÷ "+c.figure.DenEN)
		}
		all = append(all, h)
	}
	return all
}

// Cells are one line's, in the order of the columns.
func (s Sheet) Cells(of Line, l Language) []Cell {
	w := &writer{how: Spelling{Language: l}}
	var all []Cell
	for _, code := range s.Request.Columns {
		c, _ := code.find()
		all = append(all, w.cell(c, of.Sums, c.says(s.Request.Split, s.Request.Filter)))
	}
	return all
}

func (w *writer) cell(c column, s kpi.Sums, says bool) Cell {
	const none = "–"
	switch {
	case !says:
		return Cell{Parts: 1, Text: none}
	case c.count == nil:
		v := c.figure.Of(s)
		out := Cell{Parts: v.Unit.Parts(), Num: v.Ratio.Num, Den: v.Ratio.Den, Text: none}
		n, ok := v.Rounded()
		if !ok {
			return out
		}
		out.Value = &n
		switch v.Unit {
		case kpi.Duration, kpi.Longest:
			out.Text = watch(n)
		case kpi.Share:
			out.Text = w.figure(v, true) + w.say("\u00a0%", "%")
		default:
			out.Text = w.figure(v, true)
		}
		return out
	default:
		n := c.count(s)
		if c.span {
			return Cell{Value: &n, Parts: 1, Text: watch(n)}
		}
		return Cell{Value: &n, Parts: 1, Text: strconv.FormatInt(n, 10)}
	}
}

// watch writes a span as a watch shows it, to the second: 0:07, 12:30, 1:02:03.
func watch(ms int64) string {
	s := (ms + 500) / 1000
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Clock writes an instant as the branch's clocks show it, with how far they are from UTC: an hour of autumn comes twice.
func Clock(z hours.Zone, ms int64) string { return clock(z, ms) }
