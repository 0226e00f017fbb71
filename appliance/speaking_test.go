package appliance

import (
	"slices"
	"strconv"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/prompts"
)

func french() string { return "fr" }

// Whatever a queue tells its callers is put together from sounds that every box has.
func TestEveryPhraseOfAQueueCanBeSaid(t *testing.T) {
	sounds, err := prompts.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := sounds.Prepare(nil); err != nil {
		t.Fatal(err)
	}
	there := sounds.Sounds()
	for _, language := range []string{"fr", "en"} {
		p := speech{sounds, func() string { return language }}
		phrases := []plan.Sound{"say:voicemail-greeting", "say:goodbye", "say:invalid-key", "say:accept", "say:mailbox-full"}
		for n := 1; n <= 200; n++ {
			phrases = append(phrases, sayNumber("position", n), sayNumber("wait", n))
		}
		for _, phrase := range phrases {
			pieces, err := p.pieces(phrase)
			if err != nil {
				t.Errorf("%s: %v", phrase, err)
			}
			for _, s := range pieces {
				if !slices.Contains(there, s) {
					t.Errorf("%s needs %s, which the box has not", phrase, s)
				}
			}
		}
	}
	for _, wrong := range []plan.Sound{"say:position:0", "say:position:x", "say:weather:3", "say:no-such-prompt"} {
		if pieces, err := (speech{sounds, french}).pieces(wrong); err == nil {
			t.Errorf("%s is said as %v", wrong, pieces)
		}
	}
	if pieces, err := (speech{sounds, french}).pieces(plan.PromptWelcome); err != nil || !slices.Equal(pieces, []plan.Sound{plan.PromptWelcome}) {
		t.Errorf("a sound of its own is %v, %v", pieces, err)
	}
}

func sayNumber(kind string, n int) plan.Sound {
	return plan.Sound("say:" + kind + ":" + strconv.Itoa(n))
}
