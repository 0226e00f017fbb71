package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/load"
)

// What is measured of a box that too many want something of at once, and of its system calls.

const (
	admitted   = 100 // new calls a second of the box that is offered too many
	stormAim   = 5.0 // seconds until every phone of the branch is back
	refusedAim = 0.2 // CPU-ms of the core
	counted    = 200 // calls whose system calls are counted
)

func stormWords(s load.Stormed) string {
	return fmt.Sprintf("%d registered after %.2f s, one in %.0f / %.0f / %.0f ms (p50 / p99 / max); %d answers 503, %d REGISTERs lost; %.2f CPU-ms each; memory %.1f -> %.1f MB",
		s.Done, s.Seconds, s.Time.P50, s.Time.P99, s.Time.Max, s.Refused, s.Lost, s.CPU, mb(s.RSS[0]), mb(s.RSS[1]))
}

func stormRow(add func(...row)) func(*load.Bench, load.Registered) error {
	return func(b *load.Bench, _ load.Registered) error {
		s, err := b.Storm(500, time.Second)
		if err != nil {
			return err
		}
		add(row{
			fmt.Sprintf("REGISTER storm: %d phones within 1 s of the start", s.Phones), stormWords(s),
			fmt.Sprintf("all within %.0f s", stormAim), all(against(s.Seconds, stormAim), s.Done == s.Phones, "phones stayed away"),
		})
		return nil
	}
}

func shedWords(s load.Overloaded) string {
	return fmt.Sprintf("of %d calls in %.0f s %d taken, %.0f %% refused with 503, %d failed; %.2f CPU-ms of the core a call taken, %.3f a call refused; "+
		"%d calls that were up: %d dropped, %d of %d frames lost, one way p99 %.1f ms; last refusal %.0f ms after the end, %d of the calls since; generator late p99 %.2f ms",
		s.Calls, s.Seconds, s.Taken, 100*float64(s.Refused)/float64(max(s.Calls, 1)), s.Failed, s.TakenCPU, s.RefusedCPU,
		s.Standing, s.Dropped, s.Sound.Lost, s.Sound.Sent, s.Sound.OneWay.P99, s.Recovered, s.Late, s.Sound.Late.P99)
}

func shedRow(add func(...row)) func(*load.Bench, load.Registered) error {
	return func(b *load.Bench, _ load.Registered) error {
		s, err := b.Overload(standing, 6*time.Second)
		if err != nil {
			return err
		}
		word := all(against(s.RefusedCPU, refusedAim), s.Dropped == 0 && s.Sound.Lost == 0, "calls that were up suffered")
		word = all(word, s.Failed == 0, "calls got no answer")
		if s.Sound.Late.P99 >= load.TooLate {
			word += "; does not count: the generator was late"
		}
		add(row{
			fmt.Sprintf("503: %d calls/s to a box that takes %d", s.Offered, s.Admitted), shedWords(s),
			fmt.Sprintf("≤ %.1f CPU-ms a refusal, calls that are up untouched", refusedAim), word,
		})
		return nil
	}
}

// all is a verdict, unless something else went wrong where it is not a miss already.
func all(verdict string, also bool, wrong string) string {
	if also || strings.HasPrefix(verdict, "**missed**") {
		return verdict
	}
	return "**missed**: " + wrong
}

func countWords(s load.Counted) string {
	return fmt.Sprintf("%.0f a call in the core (%s) and about %.0f with which it waits; media process %.0f and %.0f; %d failed",
		s.Core.Work, often(s.Of["core"], s.Calls), s.Core.Wait, s.Media.Work, s.Media.Wait, s.Failed)
}

// often names the system calls that do most of the work, for each of n calls.
func often(c box.Calls, n int) string {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(c)), load.Waits)
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(c[b]-c[a], strings.Compare(a, b)) })
	var words []string
	for _, name := range names[:min(len(names), 4)] {
		words = append(words, fmt.Sprintf("%s %.0f", name, float64(c[name])/float64(max(n, 1))))
	}
	return strings.Join(words, ", ")
}

func countRow(add func(...row)) func(*load.Bench, load.Registered) error {
	return func(b *load.Bench, _ load.Registered) error {
		const rate = 20
		s, err := b.Count(counted, rate)
		if errors.Is(err, box.ErrNoTrace) {
			add(row{"system calls of a call", err.Error(), "", "not measured"})
			return nil
		}
		if err != nil {
			return err
		}
		add(row{fmt.Sprintf("system calls, %d calls/s", rate), countWords(s), "", all("", s.Failed == 0, "calls failed")})
		return nil
	}
}
