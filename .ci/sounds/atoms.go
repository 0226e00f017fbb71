package main

import (
	"os"
	"slices"

	"autocom/dsp/say"
)

// atoms are the words of dsp/say that the manifest does not make itself: the recording where the set has one; a machine's where nothing can stand in
// for the word; none where another word does.
func atoms(made []piece) []piece {
	var all []piece
	for _, set := range []struct{ prefix, recordings, dir, ending, machine string }{
		{"fr/atom/", "armelle", armelle, ".gsm", "espeak"},
		{"en/atom/", "allison", allison, ".wav", "flite"},
	} {
		for _, a := range words(set.prefix) {
			p := piece{name: set.prefix + a.Name, text: a.Text}
			if slices.ContainsFunc(made, func(m piece) bool { return m.name == p.name }) {
				continue
			}
			switch {
			case recorded(set.dir, a.Asterisk, set.ending):
				p.from = []source{{kind: set.recordings, name: a.Asterisk}}
			case len(a.Instead) == 0:
				p.from = []source{{kind: set.machine}}
			default:
				continue
			}
			all = append(all, p)
		}
	}
	return all
}

// words are the atoms of all the languages that share a set, each once. A word that one of them cannot do without is needed.
func words(prefix string) []say.Atom {
	var all []say.Atom
	for _, l := range say.Languages() {
		if prefix[:2] != l.String()[:2] {
			continue
		}
		for _, a := range l.Atoms() {
			i := slices.IndexFunc(all, func(b say.Atom) bool { return a.Name == b.Name })
			switch {
			case i < 0:
				all = append(all, a)
			case len(a.Instead) == 0:
				all[i].Instead = nil
			}
		}
	}
	return all
}

func recorded(dir, name, ending string) bool {
	if name == "" {
		return false
	}
	_, err := os.Stat(dir + name + ending)
	return err == nil
}
