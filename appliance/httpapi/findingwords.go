package httpapi

import "autocom/appliance/wording"

// concluded says whether the page tells a finding already, from the state itself.
func concluded(code string) bool {
	switch code {
	case "trunk.up", "trunk.down", "media.down", "journal", "sip.listens":
		return true
	default:
		return false
	}
}

// find is a finding in the reader's language, as far as its words are known.
func (l language) find(n Notice) remark {
	r := remark{Gravity: n.Gravity, Sentence: n.Sentence, Remedy: n.Remedy, Foreign: true}
	if words, ok := wording.French(n.Code); ok && l == french {
		r = remark{Gravity: n.Gravity, Sentence: spaced(words.Sentence), Remedy: spaced(words.Remedy)}
	}
	r.About = wording.About(string(l), n.About)
	return r
}
