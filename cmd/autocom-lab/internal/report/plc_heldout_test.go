package report

import (
	"strings"
	"testing"

	"autocom/appliance/prompts/sounds"
	"autocom/dsp/plc/listen"
)

func TestHeldOutSentencesWereSpokenByAPersonAndCountOnce(t *testing.T) {
	sets, err := plcHeldOut()
	if err != nil {
		t.Fatal(err)
	}
	from := plcSources(sounds.Licences())
	for _, set := range sets {
		if len(set.sentences) < 8 {
			t.Errorf("%s: only %d sentences", set.name, len(set.sentences))
		}
		parts := map[string]bool{}
		for _, s := range set.sentences {
			source := from[s.name]
			for part := range strings.SplitSeq(source, " + ") {
				if parts[part] {
					t.Errorf("%s: %q twice", s.name, part)
				}
				parts[part] = true
				if strings.Contains(part, "synthétisé") || part == "Armelle transfer" { // the latter is the sentence of the tuning
					t.Errorf("%s: from %q", s.name, source)
				}
			}
			if len(s.said) == 0 || len(s.said)%listen.Frame != 0 {
				t.Errorf("%s: %d samples", s.name, len(s.said))
			}
		}
	}
}

func TestHeldOutVerdictsFailWhenBehind(t *testing.T) {
	var even plcScores // as good as silence and as repetition is not ahead
	for _, pattern := range plcPatterns() {
		for _, v := range plcHeldOutVerdicts(plcSet{title: "nobody"}, pattern, []plcScores{even}) {
			if v.Holds == (v.Wanted == "> 0 dB each") {
				t.Errorf("%s, wanted %s, measured %s: %v", v.What, v.Wanted, v.Measured, v.Holds)
			}
		}
	}
}
