// Package wording is what the box says of troubles that have a stable code: one sentence and one remedy, in French and in English, wherever it
// is read: on the serial line, on the box's own page, on the command line.
package wording

// Words are a sentence and what to do about it. Remedy is empty where nothing need be done.
type Words struct{ Sentence, Remedy string }

// String is both in one line.
func (w Words) String() string {
	if w.Remedy == "" {
		return w.Sentence
	}
	return w.Sentence + " " + w.Remedy
}

// Entry is one code with its words. Spaces before French punctuation are ordinary ones: who sets type makes them narrow.
type Entry struct {
	Code            string
	French, English Words
}

// In is the words of a language, "fr" or "en".
func (e Entry) In(language string) Words {
	if language == "fr" {
		return e.French
	}
	return e.English
}

// Links are the codes that Link has words for.
func Links() []string { return codes(link()) }

// Refusals are the codes that Refusal has words for.
func Refusals() []string { return codes(refusals()) }

// Steps are the codes that Step has words for.
func Steps() []string { return codes(steps()) }

func codes(list []Entry) []string {
	all := make([]string, 0, len(list))
	for _, e := range list {
		all = append(all, e.Code)
	}
	return all
}

// Link finds the words for a trouble of the link to the central console.
func Link(code string) (Entry, bool) { return find(link(), code) }

// Refusal finds the words for what the steward refuses.
func Refusal(code string) (Entry, bool) { return find(refusals(), code) }

// Step finds the words for what went wrong in a step of a line's test call.
func Step(code string) (Entry, bool) { return find(steps(), code) }

func find(list []Entry, code string) (Entry, bool) {
	for _, e := range list {
		if e.Code == code {
			return e, true
		}
	}
	return Entry{}, false
}
