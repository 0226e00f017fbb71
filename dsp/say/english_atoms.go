package say

// englishAtoms are the atoms of an English.
func englishAtoms(l Language) []Atom {
	to := append(englishNumerals(), englishOrdinals()...)
	to = append(to, englishTime()...)
	if l == EnglishBritain {
		to = append(to, englishArticles()...)
	}
	to = append(to, englishMoney()...)
	to = append(to, englishPhrases()...)
	return append(to, letterAtoms()...)
}

func englishNumerals() []Atom {
	return []Atom{
		{Name: "0", Text: "zero", Asterisk: "digits/0"},
		{Name: "1", Text: "one", Asterisk: "digits/1"},
		{Name: "2", Text: "two", Asterisk: "digits/2"},
		{Name: "3", Text: "three", Asterisk: "digits/3"},
		{Name: "4", Text: "four", Asterisk: "digits/4"},
		{Name: "5", Text: "five", Asterisk: "digits/5"},
		{Name: "6", Text: "six", Asterisk: "digits/6"},
		{Name: "7", Text: "seven", Asterisk: "digits/7"},
		{Name: "8", Text: "eight", Asterisk: "digits/8"},
		{Name: "9", Text: "nine", Asterisk: "digits/9"},
		{Name: "10", Text: "ten", Asterisk: "digits/10"},
		{Name: "11", Text: "eleven", Asterisk: "digits/11"},
		{Name: "12", Text: "twelve", Asterisk: "digits/12"},
		{Name: "13", Text: "thirteen", Asterisk: "digits/13"},
		{Name: "14", Text: "fourteen", Asterisk: "digits/14"},
		{Name: "15", Text: "fifteen", Asterisk: "digits/15"},
		{Name: "16", Text: "sixteen", Asterisk: "digits/16"},
		{Name: "17", Text: "seventeen", Asterisk: "digits/17"},
		{Name: "18", Text: "eighteen", Asterisk: "digits/18"},
		{Name: "19", Text: "nineteen", Asterisk: "digits/19"},
		{Name: "20", Text: "twenty", Asterisk: "digits/20"},
		{Name: "30", Text: "thirty", Asterisk: "digits/30"},
		{Name: "40", Text: "forty", Asterisk: "digits/40"},
		{Name: "50", Text: "fifty", Asterisk: "digits/50"},
		{Name: "60", Text: "sixty", Asterisk: "digits/60"},
		{Name: "70", Text: "seventy", Asterisk: "digits/70"},
		{Name: "80", Text: "eighty", Asterisk: "digits/80"},
		{Name: "90", Text: "ninety", Asterisk: "digits/90"},
		{Name: "hundred", Text: "hundred", Asterisk: "digits/hundred"},
		{Name: "thousand", Text: "thousand", Asterisk: "digits/thousand"},
		{Name: "million", Text: "million", Asterisk: "digits/million"},
		{Name: "billion", Text: "billion", Asterisk: "digits/billion"},
		{Name: "and", Text: "and", Asterisk: "vm-and"},
		{Name: "oh", Text: "oh", Asterisk: "digits/oh"},
		{Name: "minus", Text: "minus", Asterisk: "digits/minus"},
	}
}

func englishOrdinals() []Atom {
	return []Atom{
		{Name: "ord-1", Text: "first", Asterisk: "digits/h-1"},
		{Name: "ord-2", Text: "second", Asterisk: "digits/h-2"},
		{Name: "ord-3", Text: "third", Asterisk: "digits/h-3"},
		{Name: "ord-4", Text: "fourth", Asterisk: "digits/h-4"},
		{Name: "ord-5", Text: "fifth", Asterisk: "digits/h-5"},
		{Name: "ord-6", Text: "sixth", Asterisk: "digits/h-6"},
		{Name: "ord-7", Text: "seventh", Asterisk: "digits/h-7"},
		{Name: "ord-8", Text: "eighth", Asterisk: "digits/h-8"},
		{Name: "ord-9", Text: "ninth", Asterisk: "digits/h-9"},
		{Name: "ord-10", Text: "tenth", Asterisk: "digits/h-10"},
		{Name: "ord-11", Text: "eleventh", Asterisk: "digits/h-11"},
		{Name: "ord-12", Text: "twelfth", Asterisk: "digits/h-12"},
		{Name: "ord-13", Text: "thirteenth", Asterisk: "digits/h-13"},
		{Name: "ord-14", Text: "fourteenth", Asterisk: "digits/h-14"},
		{Name: "ord-15", Text: "fifteenth", Asterisk: "digits/h-15"},
		{Name: "ord-16", Text: "sixteenth", Asterisk: "digits/h-16"},
		{Name: "ord-17", Text: "seventeenth", Asterisk: "digits/h-17"},
		{Name: "ord-18", Text: "eighteenth", Asterisk: "digits/h-18"},
		{Name: "ord-19", Text: "nineteenth", Asterisk: "digits/h-19"},
		{Name: "ord-20", Text: "twentieth", Asterisk: "digits/h-20"},
		{Name: "ord-30", Text: "thirtieth", Asterisk: "digits/h-30"},
		{Name: "ord-40", Text: "fortieth", Asterisk: "digits/h-40"},
		{Name: "ord-50", Text: "fiftieth", Asterisk: "digits/h-50"},
		{Name: "ord-60", Text: "sixtieth", Asterisk: "digits/h-60"},
		{Name: "ord-70", Text: "seventieth", Asterisk: "digits/h-70"},
		{Name: "ord-80", Text: "eightieth", Asterisk: "digits/h-80"},
		{Name: "ord-90", Text: "ninetieth", Asterisk: "digits/h-90"},
		{Name: "ord-hundred", Text: "hundredth", Asterisk: "digits/h-hundred"},
		{Name: "ord-thousand", Text: "thousandth", Asterisk: "digits/h-thousand"},
		{Name: "ord-million", Text: "millionth", Asterisk: "digits/h-million"},
	}
}

func englishTime() []Atom {
	return []Atom{
		{Name: "sunday", Text: "Sunday", Asterisk: "digits/day-0"},
		{Name: "monday", Text: "Monday", Asterisk: "digits/day-1"},
		{Name: "tuesday", Text: "Tuesday", Asterisk: "digits/day-2"},
		{Name: "wednesday", Text: "Wednesday", Asterisk: "digits/day-3"},
		{Name: "thursday", Text: "Thursday", Asterisk: "digits/day-4"},
		{Name: "friday", Text: "Friday", Asterisk: "digits/day-5"},
		{Name: "saturday", Text: "Saturday", Asterisk: "digits/day-6"},
		{Name: "january", Text: "January", Asterisk: "digits/mon-0"},
		{Name: "february", Text: "February", Asterisk: "digits/mon-1"},
		{Name: "march", Text: "March", Asterisk: "digits/mon-2"},
		{Name: "april", Text: "April", Asterisk: "digits/mon-3"},
		{Name: "may", Text: "May", Asterisk: "digits/mon-4"},
		{Name: "june", Text: "June", Asterisk: "digits/mon-5"},
		{Name: "july", Text: "July", Asterisk: "digits/mon-6"},
		{Name: "august", Text: "August", Asterisk: "digits/mon-7"},
		{Name: "september", Text: "September", Asterisk: "digits/mon-8"},
		{Name: "october", Text: "October", Asterisk: "digits/mon-9"},
		{Name: "november", Text: "November", Asterisk: "digits/mon-10"},
		{Name: "december", Text: "December", Asterisk: "digits/mon-11"},
		{Name: "yesterday", Text: "yesterday", Asterisk: "digits/yesterday"},
		{Name: "today", Text: "today", Asterisk: "digits/today"},
		{Name: "tomorrow", Text: "tomorrow", Asterisk: "digits/tomorrow"},
		{Name: "second", Text: "second", Asterisk: "second"},
		{Name: "seconds", Text: "seconds", Asterisk: "seconds"},
		{Name: "minute", Text: "minute", Asterisk: "minute"},
		{Name: "minutes", Text: "minutes", Asterisk: "minutes"},
		{Name: "hour", Text: "hour"},
		{Name: "hours", Text: "hours", Asterisk: "hours"},
		{Name: "day", Text: "day"},
		{Name: "days", Text: "days"},
		{Name: "a-m", Text: "a.m.", Asterisk: "digits/a-m"},
		{Name: "p-m", Text: "p.m.", Asterisk: "digits/p-m"},
		{Name: "noon", Text: "noon", Instead: []string{"12", "p-m"}},
		{Name: "midnight", Text: "midnight", Instead: []string{"12", "a-m"}},
	}
}

// englishArticles stand in British dates: the first of May.
func englishArticles() []Atom {
	return []Atom{
		{Name: "the", Text: "the"},
		{Name: "of", Text: "of"},
	}
}

func englishMoney() []Atom {
	return []Atom{
		{Name: "euro", Text: "euro"},
		{Name: "euros", Text: "euros"},
		{Name: "euro-cent", Text: "cent", Instead: []string{"dollar-cent"}},
		{Name: "euro-cents", Text: "cents", Instead: []string{"dollar-cents"}},
		{Name: "dollar", Text: "dollar"},
		{Name: "dollars", Text: "dollars", Asterisk: "digits/dollars"},
		{Name: "dollar-cent", Text: "cent"},
		{Name: "dollar-cents", Text: "cents"},
		{Name: "pound", Text: "pound"},
		{Name: "pounds", Text: "pounds"},
		{Name: "penny", Text: "penny"},
		{Name: "pence", Text: "pence"},
		{Name: "swiss-franc", Text: "Swiss franc"},
		{Name: "swiss-francs", Text: "Swiss francs"},
		{Name: "franc-cent", Text: "centime", Instead: []string{"dollar-cent"}},
		{Name: "franc-cents", Text: "centimes", Instead: []string{"dollar-cents"}},
	}
}

func englishPhrases() []Atom {
	return []Atom{
		{Name: "pause", Text: ","},
		{Name: "plus", Text: "plus", Asterisk: "letters/plus"},
		{Name: "star", Text: "star", Asterisk: "digits/star"},
		{Name: "hash", Text: "pound", Asterisk: "digits/pound"},
		{Name: "queue-next", Text: "you are next", Asterisk: "queue-youarenext"},
		{Name: "queue-position", Text: "you are currently caller number", Asterisk: "queue-thereare"},
		{Name: "queue-wait", Text: "the estimated waiting time is", Asterisk: "queue-holdtime"},
		{Name: "queue-wait-short", Text: "the estimated waiting time is less than one minute", Instead: []string{"queue-wait", "less-than", "1", "minute"}},
		{Name: "queue-wait-long", Text: "the estimated waiting time is more than one hour", Instead: []string{"queue-wait", "more-than", "1", "hour"}},
		{Name: "less-than", Text: "less than", Asterisk: "queue-less-than"},
		{Name: "more-than", Text: "more than"},
	}
}
