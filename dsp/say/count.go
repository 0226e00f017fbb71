package say

// A noun is what is counted. In French its gender picks "une", its first sound the numeral before it.
type noun struct {
	one, many string
	gender    Gender
	starts    follow
}

// The nouns of time.
func secondNoun() noun { return noun{"second", "seconds", Feminine, consonant} }
func minuteNoun() noun { return noun{"minute", "minutes", Feminine, consonant} }
func hourNoun() noun   { return noun{"hour", "hours", Feminine, hours} }
func dayNoun() noun    { return noun{"day", "days", Masculine, consonant} }

// counted appends so many of a noun. French has its plural from two on, English of all but one.
func (l Language) counted(to []string, n int64, of noun) []string {
	to = l.number(to, n, of.gender, of.starts)
	if n == 1 || n == 0 && !l.english() {
		return append(to, of.one)
	}
	return append(to, of.many)
}
