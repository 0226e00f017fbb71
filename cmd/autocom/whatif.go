package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/appliance/whatif"

	"github.com/spf13/cobra"
)

// whatIf is the command line of what-if.
type whatIf struct {
	day, site, facts, queue, agents string
	strategy, priority, wrapUp      []string
	runs                            int
	within                          time.Duration
	seed                            uint64
}

func whatIfCommand(o *options) *cobra.Command {
	var w whatIf
	c := &cobra.Command{
		Use:   "what-if",
		Short: "Run a day of the queues again as it might have been, with other agents, strategies or priorities",
		Long: "what-if draws calls, patience, pick-up and conversations from what happened on a day, and runs them through the same exchange again, many times.\n" +
			"It prints what the day was, and what it would have been: the middle of all runs, and between which figures eight runs of ten lie.\n" +
			"From a day on which too little happened it makes no figures, and says how much there was.\n" +
			"It changes nothing on the box; the runs are made by this command, not by the core.",
		Example: "  autocom what-if --day 2026-11-20 --agents +2\n  autocom what-if --agents -1 --queue accueil\n  autocom what-if --strategy accueil=ring_all --priority renfort=80",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.whatIf(cmd.Context(), w, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&w.day, "day", "", "the day, as 2026-11-20; yesterday when left out")
	f.StringVar(&w.site, "site", "", "the site document (default: site.yaml in --dir)")
	f.StringVar(&w.facts, "facts", "", "read the facts from a file that calls --facts --json wrote, instead of from the box")
	f.StringVar(&w.agents, "agents", "+0", "so many agents more (+2) or fewer (-1)")
	f.StringVar(&w.queue, "queue", "", "the queue the added or missing agents serve; any when left out")
	f.StringArrayVar(&w.strategy, "strategy", nil, "QUEUE=STRATEGY: longest_available, linear, random, round_robin or ring_all")
	f.StringArrayVar(&w.priority, "priority", nil, "QUEUE=1..100")
	f.StringArrayVar(&w.wrapUp, "wrap-up", nil, "QUEUE=TIME, such as accueil=30s")
	f.IntVar(&w.runs, "runs", 100, "how many times the day is run, 1 to 1000")
	f.DurationVar(&w.within, "within", 20*time.Second, "an answer within this is in time")
	f.Uint64Var(&w.seed, "seed", 1, "equal seeds give equal figures")
	return c
}

func (o *options) whatIf(ctx context.Context, w whatIf, out, progress io.Writer) error {
	change, err := w.change()
	if err != nil {
		return usageError{err}
	}
	l := o.layout(w.site)
	doc, err := site.ReadFile(l.Site)
	if err != nil {
		last, lastErr := site.NewKeeper(l.Site, l.State).LoadLastGood()
		if lastErr != nil {
			return err
		}
		doc = last
	}
	from, until, err := w.bounds(doc.Site.Timezone)
	if err != nil {
		return usageError{err}
	}
	say := sayIn(doc.Site.Language)
	if now := time.Now(); w.facts == "" && until.After(now) {
		until = now // a day that is not over: what has been of it
		if until.Before(from) {
			return usageError{fmt.Errorf(say("le %s n'a pas commencé : choisissez un jour passé", "%s has not begun: choose a day of the past"), from.Format(time.DateOnly))}
		}
	}
	fmt.Fprintf(progress, say("Lecture des faits du %s…\n", "Reading the facts of %s …\n"), from.Format(time.DateOnly))
	day, err := o.observe(ctx, w, from, until)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, say("Appelants : %d, agents : %d ; la journée est rejouée %d fois…\n", "Callers: %d, agents: %d; running the day %d times …\n"), day.Callers(), day.Agents(), w.runs)
	a, err := whatif.Ask(day, doc.Branch(), whatif.Question{Change: change, Runs: w.runs, Seed: w.seed, WithinMS: w.within.Milliseconds()})
	if err != nil {
		return fmt.Errorf(say("%s : %w", "%s: %w"), from.Format(time.DateOnly), thin(err, say))
	}
	if o.json {
		return printJSON(out, a)
	}
	return printAnswer(out, a, w.within, say)
}

// sayIn chooses between French and English, by the site's language.
func sayIn(language string) func(french, english string) string {
	return func(french, english string) string {
		if language == "en" {
			return english
		}
		return french
	}
}

// thin says in the site's language that a day teaches nothing.
func thin(err error, say func(french, english string) string) error {
	if errors.Is(err, whatif.ErrQuiet) {
		return errors.New(say("aucun appelant n'est entré dans une file ce jour-là : il n'y a rien à rejouer", err.Error()))
	}
	if e, is := errors.AsType[*whatif.ThinError](err); is {
		return errors.New(say(fmt.Sprintf(
			"trop peu pour en apprendre (appelants : %d, conversations : %d, minutes entre le premier et le dernier : %d) ; il en faut %d, %d et %d : redemandez plus tard, ou choisissez un autre jour",
			e.Callers, e.Conversations, e.SpanMS/60_000, whatif.FewestCallers, whatif.FewestConversations, whatif.ShortestSpan/60_000,
		), err.Error()))
	}
	return err
}

// bounds are the midnights of the day in the site's own zone: a day has 23, 24 or 25 hours.
func (w whatIf) bounds(zone string) (from, until time.Time, err error) {
	at, err := time.LoadLocation(zone)
	if err != nil {
		return from, until, fmt.Errorf("the site's time zone: %w", err)
	}
	d := time.Now().In(at).AddDate(0, 0, -1)
	if w.day != "" {
		if d, err = time.ParseInLocation(time.DateOnly, w.day, at); err != nil {
			return from, until, fmt.Errorf("--day %q: write it as 2026-11-20", w.day)
		}
	}
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, at), time.Date(y, m, n+1, 0, 0, 0, 0, at), nil
}

func (w whatIf) change() (whatif.Change, error) {
	c := whatif.Change{Queue: w.queue, Strategy: map[string]exchange.Strategy{}, Priority: map[string]int{}, WrapUpMS: map[string]int64{}}
	n, err := strconv.Atoi(w.agents)
	if err != nil {
		return c, fmt.Errorf("--agents %q: write +2 or -1", w.agents)
	}
	c.Agents = n
	for _, s := range w.strategy {
		queue, name, ok := strings.Cut(s, "=")
		switch known := exchange.Strategy(name); known {
		case exchange.LongestAvailable, exchange.Linear, exchange.Random, exchange.RoundRobin, exchange.RingAll:
			c.Strategy[queue] = known
		default:
			ok = false
		}
		if !ok {
			return c, fmt.Errorf("--strategy %q: write QUEUE=longest_available, linear, random, round_robin or ring_all", s)
		}
	}
	for _, s := range w.priority {
		queue, value, _ := strings.Cut(s, "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 100 {
			return c, fmt.Errorf("--priority %q: write QUEUE=1 to QUEUE=100", s)
		}
		c.Priority[queue] = n
	}
	for _, s := range w.wrapUp {
		queue, value, _ := strings.Cut(s, "=")
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 || d > time.Hour {
			return c, fmt.Errorf("--wrap-up %q: write QUEUE=30s, up to an hour", s)
		}
		c.WrapUpMS[queue] = d.Milliseconds()
	}
	return c, nil
}

// observe reads the day from the box's journal, or from a file.
func (o *options) observe(ctx context.Context, w whatIf, from, until time.Time) (*whatif.Day, error) {
	if w.facts != "" {
		f, err := os.Open(w.facts)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // read only
		entries, failed := factsIn(f)
		day := whatif.Observe(entries, from.UnixMilli(), until.UnixMilli())
		if *failed != nil {
			return nil, fmt.Errorf("%s: %w", w.facts, *failed)
		}
		return day, nil
	}
	var day *whatif.Day
	err := o.stream(ctx, func(ctx context.Context, client *console.Client) error {
		var failed error
		day = whatif.Observe(func(yield func(fact.Entry) bool) {
			failed = client.Facts(ctx, fact.Address{}, false, yield)
		}, from.UnixMilli(), until.UnixMilli())
		return failed
	})
	return day, err
}

// factsIn reads facts, one a line; what is wrong is known when they have been read.
func factsIn(r io.Reader) (iter.Seq[fact.Entry], *error) {
	failed := new(error)
	return func(yield func(fact.Entry) bool) {
		d := json.NewDecoder(bufio.NewReader(r))
		for n := 1; ; n++ {
			var e fact.Entry
			switch err := d.Decode(&e); {
			case err == io.EOF:
				return
			case err != nil:
				*failed = fmt.Errorf("fact %d: %w", n, err)
				return
			case !yield(e):
				return
			}
		}
	}, failed
}

// few is how many callers a day has at the least for its figures to stand without a word of caution. A day of 300 run again differs from the real one by two
// points of service level, half an hour of 35 callers by eight: that is chance, and does not lean (whatif.TestHalfAnHourLeansNowhere).
const few = 200

func printAnswer(out io.Writer, a whatif.Answer, goal time.Duration, say func(french, english string) string) error {
	within := spanWords(goal.Milliseconds())
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, say("FILE\tREÇUS\tEN %s : RÉEL\tSIMULÉ\t8 FOIS SUR 10\tERLANG C\tPARTIS : RÉEL\tSIMULÉ\tATTENTE : RÉELLE\tSIMULÉE\tOCCUPATION : RÉELLE\tSIMULÉE\n",
		"QUEUE\tRECEIVED\tIN %s: REAL\tWHAT-IF\t8 OF 10 RUNS\tERLANG C\tLEFT: REAL\tWHAT-IF\tWAIT: REAL\tWHAT-IF\tBUSY: REAL\tWHAT-IF\n"), within)
	percent := func(part float64) string { return percent(part, say) }
	row := func(name string, f whatif.Forecast, busy bool) {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s–%s\t%s\t%s\t%s\t%.0f s\t%.0f s", name, f.Real.Received,
			percent(f.Real.ServiceLevel()), percent(f.ServiceLevel.Middle), percent(f.ServiceLevel.Low), percent(f.ServiceLevel.High), percent(f.Erlang),
			percent(f.Real.LeftRate()), percent(f.LeftRate.Middle), f.Real.MeanWait(), f.MeanWait.Middle)
		if busy {
			fmt.Fprintf(w, "\t%s\t%s", percent(f.Real.Occupancy()), percent(f.Occupancy.Middle))
		}
		fmt.Fprintln(w)
	}
	for _, f := range a.Queues {
		row(f.Queue, f, false)
	}
	row(say("toutes", "all"), a.All, true)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, say(
		"\n%d jours simulés, %d agents. À temps : répondu en %s ou moins, sur tous les passages (service_level_received). Erlang C : personne ne renonce, chaque agent prend tout.\n",
		"\n%d runs with %d agents. In time: answered within %s, of all who entered (service_level_received). Erlang C: nobody gives up, every agent serves every call.\n",
	), a.Runs, a.Agents, within)
	if n := a.All.Real.Received; n < few {
		fmt.Fprintf(out, say("Prudence : %d passages sont peu, un jour pareil aurait pu être tout autre.\n", "Caution: %d visits are few, and another such day could have been quite different.\n"), n)
	}
	return nil
}

func percent(part float64, say func(french, english string) string) string {
	text := fmt.Sprintf("%.1f", 100*part)
	return say(strings.Replace(text, ".", ",", 1)+"\u00a0%", text+"%")
}
