package console

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
)

// tells are codes that say what happened, and refuse nobody anything.
const tells = `agent.auto_paused agent.auto_paused_in_queue agent.available agent.declared agent.displaced agent.next_status_chosen agent.nobody_here agent.note
agent.required agent.skill box.restarted agent.skilled agent.unlocked call.dialled call.over callback.due callback.reached_agent callback.tries called.no_answer command.cancelled
command.hang_up command.record desk.done desk.refused emergency.call_back emergency.call_back_missed emergency.preempted extension.forwarded lease.over leg.ending
leg.gone media.restarted number.emergency number.extension number.outside number.service queue.chosen queue.exit_key queue.record queue.record_out queue.sampled
campaign.recorded person.erased contact.attempt contact.given contact.marked contact.no_agent contact.time reservation.healed site.agent_removed site.applied toolbar.replaced trunk.longest_prefix voicemail.message wrapup.no_timer`

// Whatever the exchange refuses is said in words, with its code behind them: a code that is new has words here, or refuses nothing.
func TestEveryRefusalHasWords(t *testing.T) {
	files, err := filepath.Glob("../exchange/*.go")
	for _, room := range []string{"agent", "campaign", "policy", "routing"} {
		more, globErr := filepath.Glob("../exchange/" + room + "/*.go")
		if err == nil {
			err = globErr
		}
		files = append(files, more...)
	}
	if err != nil {
		t.Fatal(err)
	}
	quiet := strings.Fields(tells)
	code := regexp.MustCompile(`Code: "([a-z_]+\.[a-z_]+)"`)
	found := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			found++
			words := because(m[1])
			switch said := words != (bilingual{}); {
			case !said && !slices.Contains(quiet, m[1]):
				t.Errorf("%s: %s has no words", f, m[1])
			case (words.english == "") != (words.french == ""):
				t.Errorf("%s: %s is said in one language alone: %q", f, m[1], words)
			case said && slices.Contains(quiet, m[1]):
				t.Errorf("%s has words, and is listed as refusing nothing", m[1])
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d codes were found", found)
	}
	if got := Because(fact.Reason{Code: "disk.low", Detail: "no_samples"}); got != "the disk is too full for another recording: export and erase some (disk.low: no_samples)" {
		t.Error(got)
	}
}
