package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// What waiting callers are told: phrases have a tone for each kind.
const (
	placePitch = 3000 // Hz, "you are third"
	waitPitch  = 3060 // "about four minutes"
	wordPitch  = 3120 // the prompts every box has
	mostSpoken = 60   // places and minutes that a world can say
)

// speak gives the phrases their tones.
func (w *World) speak() {
	for n := range mostSpoken + 1 {
		w.sounds[plan.Sound(fmt.Sprintf("say:position:%d", n))] = placePitch
		w.sounds[plan.Sound(fmt.Sprintf("say:wait:%d", n))] = waitPitch
	}
	for _, name := range []string{"voicemail-greeting", "goodbye", "invalid-key", "accept", "mailbox-full"} {
		w.sounds[plan.Sound("say:"+name)] = wordPitch
	}
}

// phraseOf is the name of a spoken sound in a story; every phrase of a kind has one.
func phraseOf(s plan.Sound) (string, bool) {
	what, spoken := strings.CutPrefix(string(s), "say:")
	kind, _, counted := strings.Cut(what, ":")
	switch {
	case !spoken:
		return "", false
	case counted && kind == "position":
		return "place", true
	case counted:
		return kind, true
	default:
		return "word", true
	}
}

// announced reports whether what somebody was told last is this: "place 2", "wait 4", or the name of a prompt. An error is a sentence that means nothing.
func (w *World) announced(who, want string) (bool, string, error) {
	d := w.dialog(who)
	if d == nil {
		return false, who + " has no call", nil
	}
	d.p.mu.Lock()
	leg := d.leg
	d.p.mu.Unlock()
	last := "nothing"
	all := w.Facts()
	for i := range all {
		if f, ok := all[i].Fact.(fact.AnnouncementStarted); ok && f.Leg == leg {
			last = strings.NewReplacer("say:position:", "place ", "say:wait:", "wait ", "say:", "", "prompt:", "", "sound:", "").Replace(f.Sound)
		}
	}
	return last == want, fmt.Sprintf("%s was told %s", who, last), nil
}

// wish is what is asked of the box about callbacks: "a page wishes 0612345678 in rouge", "a page wishes 0612345678 in rouge after 30s".
func (w *World) wish(text string) (done bool, err error) {
	words := strings.Fields(text)
	switch {
	case len(words) >= 6 && words[1] == "page" && words[2] == "wishes" && words[4] == "in":
		in := exchange.CallbackAsk{By: "web", Queue: words[5], Number: words[3], Subject: fact.Subject(words[3]), Source: "web"}
		if len(words) == 8 && words[6] == "after" {
			seconds, err := strconv.Atoi(strings.TrimSuffix(words[7], "s"))
			if err != nil {
				return true, fmt.Errorf("%q is no number of seconds", words[7])
			}
			in.AfterMS = int64(seconds) * 1000
		}
		if len(words) == 10 && words[6] == "between" && words[8] == "and" {
			from, err := time.ParseDuration(words[7])
			to, other := time.ParseDuration(words[9])
			if err != nil || other != nil {
				return true, fmt.Errorf("%q is no slot: write between 30s and 90s", text)
			}
			in.AfterMS, in.UntilMS = from.Milliseconds(), to.Milliseconds()
		}
		w.box.tell(in)
		return true, nil
	case text == "somebody cancels the callback":
		var id string
		w.box.ask(func(s *exchange.State) {
			if all := s.Callbacks(); len(all) > 0 {
				id = all[0].ID
			}
		})
		w.box.tell(exchange.CallbackCancel{By: "console", Callback: id})
		return true, nil
	default:
		return false, nil
	}
}

// wished reports how many callbacks are outstanding: "1 callback waits", "no callback waits".
func (w *World) wished(text string) (matched, ok bool, why string) {
	words := strings.Fields(text)
	if len(words) != 3 || !strings.HasPrefix(words[1], "callback") {
		return false, false, ""
	}
	n := slices.Index([]string{"no", "1", "2", "3", "4"}, words[0])
	got := 0
	w.box.ask(func(s *exchange.State) { got = len(s.Callbacks()) })
	return true, got == n, fmt.Sprintf("%d callbacks wait", got)
}
