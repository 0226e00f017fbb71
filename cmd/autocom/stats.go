package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// stats is the command line of stats.
type stats struct {
	q      console.StatisticsQuery
	day    string
	csv    string
	french bool
}

func statsCommand(o *options) *cobra.Command {
	var s stats
	c := &cobra.Command{
		Use:   "stats",
		Short: "What the queues and agents did: calls, waits and figures of a day, by queue, agent, section or route",
		Long: "stats prints what the box has counted: today when no day is named, up to now. Every figure is one of docs/statistics.md, by its name there.\n" +
			"\"–\" is a figure that does not exist: nothing was answered, so nobody waited for an answer; it is not 0.",
		Example: "  autocom stats\n  autocom stats --day 2026-11-20 --step hour\n  autocom stats --from 2026-11-16 --to 2026-11-20 --by agent --step day\n  autocom stats --by queue --step quarter --csv day.csv --french",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.read(cmd.Flags().Changed("columns")); err != nil {
				return usageError{err}
			}
			return o.ask(cmd, func(ctx context.Context, client *console.Client) error {
				return o.stats(ctx, cmd.OutOrStdout(), client, s)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&s.day, "day", "", "the day, as 2026-11-20; today when left out")
	f.StringVar(&s.q.From, "from", "", "the first day of a period")
	f.StringVar(&s.q.To, "to", "", "its last day; the same day when left out")
	f.StringVar(&s.q.By, "by", "queue", "a line for each "+strings.Join(console.StatisticsSplits()[1:], ", ")+"; "+console.ByTogether+": one for all")
	f.StringVar(&s.q.Step, "step", console.StepPeriod, "a line for each "+strings.Join(console.StatisticsSteps(), ", "))
	f.StringSliceVar(&s.q.Queues, "queue", nil, "only of this queue; may be said again")
	f.StringSliceVar(&s.q.Agents, "agent", nil, "only of this agent")
	f.StringSliceVar(&s.q.Sections, "section", nil, "only of calls to this service number")
	f.StringSliceVar(&s.q.Routes, "route", nil, "only of calls over this trunk")
	f.StringSliceVar(&s.q.Columns, "columns", nil, "codes of counters and figures, or all")
	f.StringVar(&s.q.Language, "language", "", "fr or en; the site's when left out")
	f.StringVar(&s.csv, "csv", "", "write a file instead; - for the terminal")
	f.BoolVar(&s.french, "french", false, "write the file as a French spreadsheet wants it: ; between cells, a mark in front, decimal commas")
	f.BoolVar(&s.q.Parts, "parts", false, "in the file, each figure with what is divided by what, so that lines can be added up")
	return c
}

// read makes the question of the flags.
func (s *stats) read(columns bool) error {
	if s.day != "" {
		if s.q.From != "" || s.q.To != "" {
			return errors.New("choose --day, or --from and --to")
		}
		s.q.From = s.day
	}
	if s.csv == "" && (s.french || s.q.Parts) {
		return errors.New("--french and --parts are of a file: name it with --csv")
	}
	if s.q.Excel = s.french; s.french && s.q.Language == "" {
		s.q.Language = "fr"
	}
	if columns && slices.Equal(s.q.Columns, []string{"all"}) {
		s.q.Columns = nil
	} else if !columns && s.csv == "" {
		s.q.Columns = shownColumns(s.q)
	}
	return s.q.Check()
}

// outcomes are what visits or offers become: those that did not happen are left out of the table, and the rest still adds up.
func outcomes() []string {
	return []string{
		"closed", "full", "nobody_fit", "waited_too_long", "exited_callback", "exited_voicemail", "exited_key", "moved", "failed", "interrupted", "other", "in_progress",
		"offers_busy", "offers_declined", "offers_unreachable", "offers_cancelled", "offers_lost_race",
	}
}

// shownColumns are what fits a terminal, of what the question can have: see sheet.DefaultColumns.
func shownColumns(q console.StatisticsQuery) []string {
	offers := []string{
		"offers", "offers_answered", "offers_not_answered", "offers_busy", "offers_declined", "offers_unreachable", "offers_cancelled", "offers_lost_race", "conversations",
	}
	ofQueues := len(q.Queues)+len(q.Sections)+len(q.Routes) > 0
	switch {
	case q.By == "campaign":
		return []string{"campaign_contacts", "campaign_reached", "campaign_converted", "campaign_contact_rate", "campaign_attempts", "campaign_conversion_rate"}
	case q.By == "agent" && !ofQueues:
		return slices.Concat([]string{"logged_in", "paused"}, offers, []string{"talking", "holding", "wrap_up", "avg_handle_segment", "occupancy", "offer_answer_rate"})
	case q.By == "agent" || len(q.Agents) > 0:
		return append(offers, "avg_handle_segment", "offer_answer_rate")
	default:
		return append(append([]string{"received", "answered", "abandoned", "cancelled"}, outcomes()[:12]...),
			"service_level_offered", "answer_rate_queue", "abandon_rate", "avg_speed_of_answer", "max_wait", "avg_handle")
	}
}

func (o *options) stats(ctx context.Context, out io.Writer, client *console.Client, s stats) error {
	switch {
	case s.csv == "-":
		return client.StatisticsCSV(ctx, s.q, out)
	case s.csv != "":
		if err := exportTo(s.csv, func(w io.Writer) error { return client.StatisticsCSV(ctx, s.q, w) }); err != nil {
			return err
		}
		return o.said(out, "Written to "+s.csv+".")
	}
	all, err := client.Statistics(ctx, s.q)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(out, all)
	}
	return printStats(out, all, s.q, slices.Equal(s.q.Columns, shownColumns(s.q)))
}

// printStats prints the table, and under it all it depends on. brief leaves out the outcomes that did not happen.
func printStats(out io.Writer, s console.Statistics, q console.StatisticsQuery, brief bool) error {
	say := func(french, english string) string {
		if s.Language == "en" {
			return english
		}
		return french
	}
	var shown []int
	for i, c := range s.Columns {
		if none := s.Total.Cells[i].Value == nil || *s.Total.Cells[i].Value == 0; !brief || !none || !slices.Contains(outcomes(), c.Code) {
			shown = append(shown, i)
		}
	}
	state := ""
	if s.Open {
		state = say(" (en cours)", " (not over)")
	}
	fmt.Fprintf(out, "%s · %s%s · %s\n", s.Site, s.Period, state, s.Zone)
	for _, f := range []struct {
		french, english string
		names           []string
	}{{"Files", "Queues", q.Queues}, {"Agents", "Agents", q.Agents}, {"Services", "Services", q.Sections}, {"Acheminements", "Routes", q.Routes}} {
		if len(f.names) > 0 {
			fmt.Fprintf(out, say("%s : seulement %s\n", "%s: only %s\n"), say(f.french, f.english), strings.Join(f.names, ", "))
		}
	}
	fmt.Fprintln(out)
	if s.By == console.ByTogether && s.Step == console.StepPeriod {
		for _, i := range shown {
			fmt.Fprintf(out, "  %s  %s\n", padded(s.Columns[i].Name, 46, false), s.Total.Cells[i].Text)
		}
	} else {
		printGrid(out, s, shown, say)
	}
	fmt.Fprintf(out, "\n%s %s", say("Comptés le", "Counted at"), s.Counted)
	if s.Behind {
		fmt.Fprint(out, say(" : le comptage du journal n'est pas terminé", ": the journal is still being counted"))
	}
	fmt.Fprintf(out, say(" · T = %s · abandon court < %s · gardés depuis le %s\n", " · T = %s · short abandon < %s · kept since %s\n"), goalWords(s), spanWords(s.ShortMS), s.Since)
	fmt.Fprintf(out, say("Faits : %d lus, %d retenus · trous : ", "Facts: %d fetched, %d kept · holes: "), s.Fetched, s.Kept)
	holes := []string{}
	for _, h := range s.Holes {
		holes = append(holes, fmt.Sprintf("%s – %s (%s)", h.From, h.To, h.Cause))
	}
	if len(holes) == 0 {
		holes = []string{say("aucun", "none")}
	}
	_, err := fmt.Fprintln(out, strings.Join(holes, "; "))
	return err
}

func spanWords(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) + " s" }

func goalWords(s console.Statistics) string {
	words := []string{spanWords(s.GoalMS)}
	for _, g := range s.Goals {
		words = append(words, g.Queue+" "+spanWords(g.MS))
	}
	return strings.Join(words, ", ")
}

// printGrid prints a line for each step and name, under the names of the columns written as narrow as their words let them, and a sum.
func printGrid(out io.Writer, s console.Statistics, shown []int, say func(french, english string) string) {
	var rows [][]string
	head := []string{}
	stepped, named := s.Step != console.StepPeriod, s.By != console.ByTogether
	if stepped {
		head = append(head, say("Début", "From"))
	}
	if named {
		head = append(head, map[string]string{"queue": say("File", "Queue"), "agent": "Agent", "section": "Service", "route": say("Acheminement", "Route"), "campaign": say("Campagne", "Campaign")}[s.By])
	}
	words := len(head) // columns of words, to the left; the others are numbers, to the right
	for _, i := range shown {
		head = append(head, s.Columns[i].Name)
	}
	line := func(l console.StatisticsLine, from, name string) {
		var cells []string
		if stepped {
			cells = append(cells, from)
		}
		if named {
			cells = append(cells, name)
		}
		for _, i := range shown {
			cells = append(cells, l.Cells[i].Text)
		}
		rows = append(rows, cells)
	}
	for _, l := range s.Lines {
		name := l.Name
		if l.Label != "" {
			name = l.Label
		}
		line(l, l.Clock, name)
	}
	sum := "Total"
	if stepped {
		line(s.Total, sum, "")
	} else {
		line(s.Total, "", sum)
	}
	heads, width := make([][]string, len(head)), make([]int, len(head))
	tall := 0
	for i, h := range head {
		heads[i] = folded(h, 12)
		tall = max(tall, len(heads[i]))
		for _, w := range heads[i] {
			width[i] = max(width[i], utf8.RuneCountInString(w))
		}
		for _, r := range rows {
			width[i] = max(width[i], utf8.RuneCountInString(r[i]))
		}
	}
	row := func(cell func(column int) string) {
		var b strings.Builder
		for i := range head {
			b.WriteString(padded(cell(i), width[i], i >= words) + "  ")
		}
		fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
	}
	for n := range tall {
		row(func(i int) string { // names stand on the line above the numbers
			if k := n - (tall - len(heads[i])); k >= 0 {
				return heads[i][k]
			}
			return ""
		})
	}
	for _, r := range rows {
		row(func(i int) string { return r[i] })
	}
}

// folded breaks a name into lines of so many letters, where its words let it.
func folded(name string, width int) (lines []string) {
	for word := range strings.FieldsSeq(name) {
		if n := len(lines); n > 0 && utf8.RuneCountInString(lines[n-1])+1+utf8.RuneCountInString(word) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

func padded(s string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return space + s
	}
	return s + space
}
