package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// report is the facts half of a story: each call with its visits and offers, then the agents.
func (w *World) report() []string {
	var order []string
	lines := map[string][]string{}
	head := map[string]string{}
	add := func(call, format string, args ...any) {
		lines[call] = append(lines[call], strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	var rest []string
	for _, e := range w.Facts() {
		switch f := e.Fact.(type) {
		case fact.CallOpened:
			order = append(order, f.Call)
			from := string(f.Caller)
			switch {
			case f.Extension != "":
				from = f.Extension
			case f.Withheld:
				from = "withheld"
			}
			head[f.Call] = fmt.Sprintf("%s %s → %s", f.Flow, from, orElse(f.Dialled, "outside"))
		case fact.CallEnded:
			add(f.Call, "call      %s: %s", head[f.Call], verdict(f))
		case fact.VisitEnded:
			add(f.Call, "visit     %s %s waited %s offers %d%s", f.Queue, f.Outcome, seconds(f.WaitMS), f.Offers, then(f.To))
		case fact.OfferEnded:
			add(f.Call, "offer     %s %s rang %s", f.Agent, f.Outcome, seconds(f.RingMS))
		case fact.LegEnded:
			lost := []exchange.EndCause{exchange.EndedMediaLost, exchange.EndedNoAck, exchange.EndedTransport, exchange.EndedSessionGone, exchange.EndedExpired}
			if slices.Contains(lost, exchange.EndCause(f.Cause)) {
				add(f.Call, "lost      a leg: %s", f.Cause)
			}
		case fact.DigitPressed:
			add(f.Call, "key       pressed, by %s", f.Via)
		case fact.TransferStarted:
			add(f.Call, "transfer  %s by %s to %s", f.Manner, f.By, orElse(f.Target, f.To))
		case fact.TransferFailed:
			add(f.Call, "transfer  failed: %s, %s", f.Cause, f.Then)
		case fact.TransferCompleted:
			add(f.Call, "transfer  completed%s", then(f.Queue))
		case fact.CallMerged:
			add(f.Call, "merged    into the call of %s", head[f.Into])
		case fact.LegReplaced:
			add(f.Call, "replaced  by %s", f.Extension)
		case fact.CallbackRequested:
			rest = append(rest, fmt.Sprintf("callback  asked for in %s by %s, having waited %s", f.Queue, f.Source, seconds(f.SinceMS)))
		case fact.CallbackEnded:
			rest = append(rest, fmt.Sprintf("callback  %s after %d attempts", f.Outcome, f.Attempts))
		case fact.VoicemailLeft:
			add(f.Call, "message   for %s", f.Box)
		case fact.CallPlaced:
			add(f.Call, "placed    for %s by %s", f.Extension, f.By)
		case fact.AgentMessaged:
			rest = append(rest, fmt.Sprintf("message   %s to %s: %s", f.By, f.Agent, f.Text))
		case fact.CallLimited:
			add(f.Call, "limited   after %s", seconds(f.LimitMS))
		case fact.CallFaulted:
			rest = append(rest, fmt.Sprintf("fault     %s", f.Input))
		case fact.ReservationHealed:
			rest = append(rest, fmt.Sprintf("healed    %s was %s", f.Agent, f.Was))
		case fact.CommandRefused:
			rest = append(rest, fmt.Sprintf("refused   %s asks %s: %s", f.By, f.Command, f.Reasons[0].Code))
		default: // the way there; the story's expectations speak of it
			if line := canvassed(f); line != "" {
				rest = append(rest, line)
			}
			if call, line := controlled(f); call != "" {
				add(call, "%s", line)
			}
		}
	}
	var out []string
	for _, call := range order {
		out = append(out, lines[call]...)
	}
	out = append(out, rest...)
	w.box.ask(func(s *exchange.State) {
		for _, a := range s.Agents() {
			if a.Session == "logged_in" {
				out = append(out, strings.TrimRight(fmt.Sprintf("agent     %s %s %s", a.ID, strings.TrimSpace(a.Declared+" "+a.Pause), a.Activity), " "))
			}
		}
	})
	return out
}

func verdict(f fact.CallEnded) string {
	words := []string{string(f.Outcome)}
	say := func(name, value string) {
		if value != "" {
			words = append(words, name+value)
		}
	}
	say("in ", string(f.Stage))
	if f.Outcome != fact.CallAnswered {
		say("after ", string(f.LastOffer))
	}
	say("because ", f.Cause)
	for _, d := range []struct {
		name string
		ms   int64
	}{{"waited ", f.WaitMS}, {"rang ", f.RingMS}, {"talked ", f.TalkMS}, {"held ", f.HoldMS}} {
		if d.ms > 0 {
			say(d.name, seconds(d.ms))
		}
	}
	say("hung up by ", f.HungUpBy)
	return strings.Join(words, ", ")
}

// seconds is a duration to the tenth of a second: "8s", "1.5s".
func seconds(ms int64) string {
	tenths := (ms + 50) / 100
	if tenths%10 == 0 {
		return fmt.Sprintf("%ds", tenths/10)
	}
	return fmt.Sprintf("%d.%ds", tenths/10, tenths%10)
}

func then(queue string) string {
	if queue == "" {
		return ""
	}
	return ", then " + queue
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
