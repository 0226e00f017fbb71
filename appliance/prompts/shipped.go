package prompts

import (
	"strings"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/prompts/sounds"
)

// ship puts the sounds every box has in the library: prompts, the words of numbers, music and signals.
func (l *Library) ship() error {
	for _, name := range sounds.Names() {
		text, err := sounds.ALaw(name)
		if err != nil {
			return err
		}
		if err := l.keep(sounds.Plan(name), text); err != nil {
			return err
		}
	}
	return nil
}

// Prompt is the sound for a prompt such as "closed" in a language such as "fr-BE": the site's own sound of that name, else the one that ships in
// the language, else the French one. It is false when there is none.
func (l *Library) Prompt(name, language string) (plan.Sound, bool) {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range []plan.Sound{plan.Sound("sound:" + name), plan.Sound("prompt:" + language + "/" + name), plan.Sound("prompt:fr/" + name)} {
		if _, ok := l.files[s]; ok {
			return s, true
		}
	}
	return "", false
}

// Atom is the sound of a word that numbers, dates and amounts are made of ("20", "hour"), in a language such as "fr-CH". It is false when there is none.
func (l *Library) Atom(name, language string) (plan.Sound, bool) {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	s := plan.Sound("atom:" + language + "/" + name)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.files[s]
	return s, ok
}
