package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
	"autocom/appliance/tally/ledger"
)

// turn is what befalls the branch, rather than what somebody does: "the box dies for 2s", "the box restarts for 2s", "the clock is set forward 1h",
// "the site becomes NAME". done says that the words are one.
func (w *World) turn(text string) (done bool, err error) {
	switch words := strings.Fields(text); {
	case (strings.HasPrefix(text, "the box dies for ") || strings.HasPrefix(text, "the box restarts for ")) && len(words) == 5:
		gap, err := time.ParseDuration(words[4])
		if err != nil {
			return true, fmt.Errorf("%q is no time", words[4])
		}
		return true, w.leave(gap, words[2] == "restarts")
	case strings.HasPrefix(text, "the clock is set ") && len(words) == 6:
		by, err := time.ParseDuration(words[5])
		switch {
		case err != nil:
			return true, fmt.Errorf("%q is no time", words[5])
		case words[4] == "back":
			by = -by
		case words[4] != "forward":
			return true, fmt.Errorf("a clock is set forward or back, not %q", words[4])
		}
		w.box.shift.Add(by.Milliseconds())
		return true, nil
	case strings.HasPrefix(text, "the site becomes ") && len(words) == 4:
		return true, w.publish(words[3])
	default:
		return false, nil
	}
}

// leave ends the box's process, handing its calls to the next one or without a word, and starts it again.
func (w *World) leave(gap time.Duration, inOrder bool) error {
	if w.box.dir == "" {
		return errors.New("the box can only die where it remembers: write \"box remembers\" at the head")
	}
	if inOrder {
		_, lost, err := w.box.handOver(gap)
		if err == nil && len(lost) > 0 {
			err = fmt.Errorf("the next process could not take over %v", lost)
		}
		return err
	}
	_, err := w.box.crash(gap, func() []fact.Entry {
		w.mu.Lock()
		defer w.mu.Unlock()
		return slices.Clone(w.facts)
	})
	return err
}

// publish lets the branch live by another document, as the exchange sees it: its services, queues and agents.
func (w *World) publish(name string) error {
	doc, err := ReadSite(w.set.Sites + "/" + name + ".yaml")
	if err != nil {
		return err
	}
	w.set.Site = doc
	w.box.branch = doc.Branch()
	w.box.tell(exchange.SiteChanged{Branch: w.box.branch})
	return nil
}

// clockShows starts the branch's clock at a moment of its own, at the story's zero.
func clockShows(set *Setting, when string) (err error) {
	if set.Clock, err = time.Parse(time.RFC3339, when); err != nil {
		return fmt.Errorf("%q is no moment: write 2026-10-25T02:50:00+02:00", when)
	}
	return nil
}

// clock compares what the branch's clock shows: "02:15".
func (w *World) clock(want string) (bool, string, error) {
	zone, err := time.LoadLocation(w.set.Site.Site.Timezone)
	if err != nil {
		return false, "", err
	}
	got := w.box.now().Time().In(zone).Format("15:04")
	return got == want, "it is " + got, nil
}

// counted compares the statistics of a queue, or of all calls, by the names they have in the export: "statistics of rouge: received 2,
// abandoned 1". What is not named may be anything.
func (w *World) counted(of, want string) (bool, string, error) {
	if of != "calls" && !slices.ContainsFunc(w.set.Site.Queues, func(q site.Queue) bool { return q.ID == of }) {
		return false, "", fmt.Errorf("there are statistics of calls and of queues, and no queue %q", of)
	}
	books := ledger.New(ledger.DefaultRules())
	var last fact.Moment
	for i, e := range w.Facts() {
		e.Address = fact.Address{Stream: "story", Epoch: 1, N: uint64(i + 1)}
		books.Take(e)
		last = e.At
	}
	got, err := sumOf(books.Rows(last), of)
	if err != nil {
		return false, "", err
	}
	ok, have := true, make([]string, 0, 4)
	for part := range strings.SplitSeq(want, ",") {
		name, figure, _ := strings.Cut(strings.TrimSpace(part), " ")
		n, err := strconv.ParseInt(figure, 10, 64)
		if err != nil {
			return false, "", fmt.Errorf("%q is no figure: write \"statistics of rouge: received 2, abandoned 1\"", part)
		}
		if _, is := got[name]; !is {
			return false, "", fmt.Errorf("no figure of the statistics is called %q: choose among %s", name, strings.Join(namesOf(of), ", "))
		}
		ok = ok && got[name] == n
		have = append(have, fmt.Sprintf("%s %d", name, got[name]))
	}
	return ok, fmt.Sprintf("statistics of %s: %s", of, strings.Join(have, ", ")), nil
}
