package appliance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/prompts"
	"autocom/dsp/say"
)

// speech turns what the exchange wants said ("say:position:3") into the sounds that say it in the site's language.
type speech struct {
	sounds   *prompts.Library
	language func() string // as the document in force writes it: "fr", "en"
}

// spoken is the prefix of a sound that is put together from others.
const spoken = "say:"

// pieces are the sounds to play one after the other; one that is no phrase is itself.
func (p speech) pieces(sound plan.Sound) ([]plan.Sound, error) {
	what, phrase := strings.CutPrefix(string(sound), spoken)
	if !phrase {
		return []plan.Sound{sound}, nil
	}
	kind, value, counted := strings.Cut(what, ":")
	if !counted {
		s, ok := p.sounds.Prompt(what, p.language())
		if !ok {
			return nil, fmt.Errorf("there is no prompt %q", what)
		}
		return []plan.Sound{s}, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %q is no number", sound, value)
	}
	language, ok := say.Named(p.language())
	if !ok {
		language = say.French
	}
	var words []string
	switch kind {
	case "position":
		words, err = language.Position(n)
	case "wait":
		words, err = language.Wait(time.Duration(n) * time.Minute)
	default:
		err = fmt.Errorf("nobody can say %q", kind)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sound, err)
	}
	has := func(name string) bool { _, ok := p.word(name); return ok }
	var out []plan.Sound
	for _, w := range language.Resolve(words, has) {
		s, ok := p.word(w)
		if !ok {
			return nil, fmt.Errorf("%s: the word %q was never recorded", sound, w)
		}
		out = append(out, s)
	}
	return out, nil
}

// word is the sound of a word: an atom, or a prompt such as queue-position.
func (p speech) word(name string) (plan.Sound, bool) {
	if s, ok := p.sounds.Atom(name, p.language()); ok {
		return s, true
	}
	return p.sounds.Prompt(name, p.language())
}
