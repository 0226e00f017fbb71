package sheet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"autocom/appliance/exchange/hours"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/kpi"
)

// Language is the language of an export.
type Language string

// The languages.
const (
	French  Language = "fr"
	English Language = "en"
)

// Spelling is how an export is written.
type Spelling struct {
	Language Language // empty: French; decides the decimal mark too
	Excel    bool     // with ";" between cells and a UTF-8 mark in front, as a French spreadsheet wants them; otherwise RFC 4180
	Parts    bool     // each figure with its numerator and denominator, so that lines can be added up
}

// CSV writes the table. Its first lines begin with "#" and say what it depends on: the file is read long after its filter is forgotten
// (FEATURES §11.3). A figure that does not exist is an empty cell, and no cell can be taken for a formula.
func (s Sheet) CSV(how Spelling) []byte {
	w := &writer{how: how, sep: ","}
	if how.Excel {
		w.sep = ";"
		w.WriteString("\ufeff")
	}
	for _, code := range s.Request.Columns {
		c, _ := code.find()
		w.columns = append(w.columns, c)
	}
	s.remarks(w)
	head := []string{w.say("Début", "From"), w.say("Fin", "Until")}
	if s.Request.Split != Together {
		head = append(head, w.split(s.Request.Split))
	}
	for _, c := range w.columns {
		head = append(head, w.say(c.french, c.english)+w.unit(c))
		if c.count == nil && how.Parts {
			head = append(head, string(c.figure.ID)+" num", string(c.figure.ID)+" den")
		}
	}
	w.row(append(head, w.say("Faits lus", "Facts fetched"), w.say("Faits retenus", "Facts kept")))
	for _, l := range s.Lines {
		s.line(w, l)
	}
	return w.Bytes()
}

// remarks are the lines that say what the table depends on.
func (s Sheet) remarks(w *writer) {
	r, f := s.Request, s.Request.Filter
	w.remark(w.say("Statistiques", "Statistics"), r.Site)
	w.remark(w.say("Période", "Period"), clock(r.Zone, r.From)+" – "+clock(r.Zone, r.Until)+" ("+r.Zone.Name()+")")
	made := clock(r.Zone, s.Made.UTC)
	if s.Made.UTC < r.Until {
		made += w.say(" (la période n'est pas finie : ce qui est en cours compte jusque-là)", " (the period is not over: what is going on counts up to then)")
	}
	w.remark(w.say("Établi", "Made"), made)
	w.remark(w.say("Une ligne par", "One line by"), w.step(r.Step)+map[bool]string{false: ", " + w.split(r.Split)}[r.Split == Together])
	match := ""
	if len(f.Queues) > 0 {
		match = w.match(f.Match)
	}
	w.remark(w.say("Files", "Queues"), w.list(f.Queues)+match)
	w.remark(w.say("Agents", "Agents"), w.list(f.Agents))
	w.remark(w.say("Services", "Services"), w.list(f.Sections))
	w.remark(w.say("Acheminements", "Routes"), w.list(f.Routes))
	goals := []string{"T = " + w.threshold(s.Rules.GoalMS)}
	for _, g := range s.Rules.Goals {
		goals = append(goals, g.Queue+" "+w.threshold(g.MS))
	}
	w.remark(w.say("Seuils", "Thresholds"), strings.Join(goals, " | ")+fmt.Sprintf(
		w.say(" | abandon court < %s | fenêtre de réitération %s", " | short abandon < %s | repeat-call window %s"),
		w.threshold(s.Rules.ShortMS), w.threshold(s.Rules.RepeatMS),
	))
	h := s.Total.Sums.Heard
	heard := fmt.Sprintf(w.say("%d lus, %d retenus", "%d fetched, %d kept"), h.Fetched, h.Kept)
	if h.Fetched > 0 {
		heard += fmt.Sprintf(w.say(", de %s à %s", ", from %s to %s"), h.First, h.Last)
	}
	w.remark(w.say("Faits", "Facts"), heard)
	w.remark(w.say("Trous", "Holes"), w.holes(s.Total.Sums.Holes))
	for _, c := range w.columns {
		if d := c.figure; c.count == nil {
			w.remark(string(d.ID), w.say(d.French+" = "+d.Num+" ÷ "+d.Den, d.English+" = "+d.NumEN+" ÷ "+d.DenEN))
		}
	}
}

func (s Sheet) line(w *writer, l Line) {
	cells := []string{clock(s.Request.Zone, l.From), clock(s.Request.Zone, l.Until)}
	if s.Request.Split != Together {
		cells = append(cells, harmless(l.Name))
	}
	for _, c := range w.columns {
		switch {
		case c.count == nil:
			v := c.figure.Of(l.Sums)
			says := c.says(s.Request.Split, s.Request.Filter)
			cells = append(cells, w.figure(v, says))
			if w.how.Parts {
				cells = append(cells, w.part(v.Ratio.Num, says), w.part(v.Ratio.Den, says))
			}
		case !c.says(s.Request.Split, s.Request.Filter):
			cells = append(cells, "")
		case c.span:
			cells = append(cells, seconds(c.count(l.Sums), w.mark()))
		default:
			cells = append(cells, strconv.FormatInt(c.count(l.Sums), 10))
		}
	}
	w.row(append(cells, strconv.FormatInt(l.Sums.Heard.Fetched, 10), strconv.FormatInt(l.Sums.Heard.Kept, 10)))
}

// clock writes an instant as the branch's clocks show it, with how far they are from UTC: an hour of autumn comes twice.
func clock(z hours.Zone, ms int64) string {
	offset, sign := z.Offset(ms)/60_000, '+'
	if offset < 0 {
		offset, sign = -offset, '-'
	}
	at := z.Civil(ms)
	return fmt.Sprintf("%s %s %c%02d:%02d", at.Date, hours.Clock(at.Minute()), sign, offset/60, offset%60)
}

// writer writes cells.
type writer struct {
	bytes.Buffer
	how     Spelling
	sep     string
	columns []column
}

func (w *writer) say(french, english string) string {
	if w.how.Language == English {
		return english
	}
	return french
}

func (w *writer) mark() string { return w.say(",", ".") }

func (w *writer) row(cells []string) {
	for i, c := range cells {
		if i > 0 {
			w.WriteString(w.sep)
		}
		w.WriteString(w.quoted(c))
	}
	w.WriteString("\r\n")
}

// quoted writes a cell as RFC 4180 has it. A word with the other separator is quoted too: a spreadsheet may take that one for its own.
func (w *writer) quoted(c string) string {
	if !strings.ContainsAny(c, "\"\r\n"+w.sep) && (!strings.ContainsAny(c, ",;") || strings.Trim(c, "0123456789,") == "") {
		return c
	}
	return `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
}

// remark writes a line of one cell that begins with "#" in every reader's eyes: without quotes, so without anything that needs them.
func (w *writer) remark(what, says string) {
	other := map[string]string{",": ";", ";": ","}[w.sep]
	line := strings.NewReplacer("\r", " ", "\n", " ", `"`, "'", w.sep, other).Replace(what + w.say(" : ", ": ") + says)
	w.WriteString("# " + line + "\r\n")
}

// harmless is a name that no spreadsheet takes for a formula.
func harmless(name string) string {
	if first := strings.TrimLeft(name, " \t\r\n\u00a0"); first != "" && strings.ContainsAny(first[:1], "=+-@|%") || strings.HasPrefix(name, "\t") || strings.HasPrefix(name, "\r") {
		return "'" + name
	}
	return name
}

func (w *writer) figure(v kpi.Value, says bool) string {
	n, ok := v.Rounded()
	if !ok || !says {
		return ""
	}
	switch v.Unit {
	case kpi.Share: // thousandths, shown in per cent
		return fixed(n, 10, 1, w.mark())
	case kpi.Duration, kpi.Longest:
		return seconds(n, w.mark())
	case kpi.Agents, kpi.Load:
		return fixed(n, 1000, 3, w.mark())
	case kpi.Count:
		return fixed(n, 100, 2, w.mark())
	default:
		return strconv.FormatInt(n, 10)
	}
}

func (w *writer) part(n int64, says bool) string {
	if !says {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// fixed writes n/parts with so many digits after the mark.
func fixed(n, parts int64, digits int, mark string) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d%s%0*d", sign, n/parts, mark, digits, n%parts)
}

// threshold writes ms as people set them: whole hours or seconds when they are.
func (w *writer) threshold(ms int64) string {
	switch {
	case ms > 0 && ms%3_600_000 == 0:
		return strconv.FormatInt(ms/3_600_000, 10) + " h"
	case ms%1000 == 0:
		return strconv.FormatInt(ms/1000, 10) + " s"
	default:
		return strconv.FormatInt(ms, 10) + " ms"
	}
}

// seconds writes ms in seconds, to the tenth.
func seconds(ms int64, mark string) string { return fixed((ms+50)/100, 10, 1, mark) }

func (w *writer) unit(c column) string {
	switch {
	case c.span:
		return " (s)"
	case c.count != nil:
		return ""
	}
	switch c.figure.Unit {
	case kpi.Share:
		return " (%)"
	case kpi.Duration, kpi.Longest:
		return " (s)"
	case kpi.Agents:
		return w.say(" (agents)", " (agents)")
	case kpi.Load, kpi.Count:
		return ""
	default:
		return ""
	}
}

func (w *writer) list(names []string) string {
	if len(names) == 0 {
		return w.say("sans filtre", "no filter")
	}
	return strings.Join(names, ", ")
}

func (w *writer) match(m kpi.Match) string {
	switch m {
	case kpi.FirstOnly:
		return w.say(" (appels : première file)", " (calls: first queue)")
	case kpi.LastOnly:
		return w.say(" (appels : dernière file)", " (calls: last queue)")
	default:
		return w.say(" (appels : première ou dernière file)", " (calls: first or last queue)")
	}
}

func (w *writer) step(s Step) string {
	switch s {
	case Day:
		return w.say("jour", "day")
	case Hour:
		return w.say("heure", "hour")
	case Quarter:
		return w.say("quart d'heure", "quarter of an hour")
	default:
		return w.say("période", "period")
	}
}

func (w *writer) split(s Split) string {
	switch s {
	case ByQueue:
		return w.say("File", "Queue")
	case ByAgent:
		return w.say("Agent", "Agent")
	case BySection:
		return w.say("Service", "Service")
	case ByRoute:
		return w.say("Acheminement", "Route")
	case ByCampaign:
		return w.say("Campagne", "Campaign")
	default:
		return ""
	}
}

func (w *writer) holes(all []count.Hole) string {
	if len(all) == 0 {
		return w.say("aucun", "none")
	}
	var out []string
	for _, h := range all {
		out = append(out, fmt.Sprintf("%s – %s (%s)", h.From, h.To, h.Cause))
	}
	return strings.Join(out, " ; ")
}
