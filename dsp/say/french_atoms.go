package say

// frenchAtoms are the atoms of a French. Written plurals sound as the singular does, so that one recording does for both.
func frenchAtoms(l Language) []Atom {
	to := append(frenchNumerals(), frenchSounds()...)
	for _, word := range frenchRegion(l) {
		to = append(to, word...)
	}
	to = append(to, frenchOrdinals()...)
	to = append(to, frenchTime()...)
	to = append(to, frenchMoney()...)
	if l.country() == "41" {
		to = append(to, frenchFrancs()...)
	} else {
		to = append(to, frenchSwissFrancs()...)
	}
	to = append(to, frenchPhrases()...)
	return append(to, letterAtoms()...)
}

// frenchRegion are the words of a region for 70, 80 and 90.
func frenchRegion(l Language) [][]Atom {
	switch l {
	case FrenchBelgium, FrenchGeneva:
		return [][]Atom{frenchSeptante(), frenchEighty(), frenchNonante()}
	case FrenchSwitzerland:
		return [][]Atom{frenchSeptante(), frenchHuitante(), frenchNonante()}
	case FrenchOctante:
		return [][]Atom{frenchSeptante(), frenchOctante(), frenchNonante()}
	default:
		return [][]Atom{frenchSeventyNinety(), frenchEighty()}
	}
}

func frenchNumerals() []Atom {
	return []Atom{
		{Name: "0", Text: "zéro", Asterisk: "digits/0"},
		{Name: "1", Text: "un", Asterisk: "digits/1"},
		{Name: "2", Text: "deux", Asterisk: "digits/2"},
		{Name: "3", Text: "trois", Asterisk: "digits/3"},
		{Name: "4", Text: "quatre", Asterisk: "digits/4"},
		{Name: "5", Text: "cinq", Asterisk: "digits/5"},
		{Name: "6", Text: "six", Asterisk: "digits/6"},
		{Name: "7", Text: "sept", Asterisk: "digits/7"},
		{Name: "8", Text: "huit", Asterisk: "digits/8"},
		{Name: "9", Text: "neuf", Asterisk: "digits/9"},
		{Name: "10", Text: "dix", Asterisk: "digits/10"},
		{Name: "11", Text: "onze", Asterisk: "digits/11"},
		{Name: "12", Text: "douze", Asterisk: "digits/12"},
		{Name: "13", Text: "treize", Asterisk: "digits/13"},
		{Name: "14", Text: "quatorze", Asterisk: "digits/14"},
		{Name: "15", Text: "quinze", Asterisk: "digits/15"},
		{Name: "16", Text: "seize", Asterisk: "digits/16"},
		{Name: "17", Text: "dix-sept", Asterisk: "digits/17"},
		{Name: "18", Text: "dix-huit", Asterisk: "digits/18"},
		{Name: "19", Text: "dix-neuf", Asterisk: "digits/19"},
		{Name: "20", Text: "vingt", Asterisk: "digits/20"},
		{Name: "30", Text: "trente", Asterisk: "digits/30"},
		{Name: "40", Text: "quarante", Asterisk: "digits/40"},
		{Name: "50", Text: "cinquante", Asterisk: "digits/50"},
		{Name: "60", Text: "soixante", Asterisk: "digits/60"},
		{Name: "1-f", Text: "une"},
		{Name: "and", Text: "et", Asterisk: "vm-and"},
		{Name: "100", Text: "cent", Asterisk: "digits/hundred"},
		{Name: "100s", Text: "cents", Instead: []string{"100"}},
		{Name: "thousand", Text: "mille", Asterisk: "digits/thousand"},
		{Name: "million", Text: "million", Asterisk: "digits/million"},
		{Name: "millions", Text: "millions", Instead: []string{"million"}},
		{Name: "billion", Text: "milliard"},
		{Name: "billions", Text: "milliards", Instead: []string{"billion"}},
		{Name: "minus", Text: "moins", Asterisk: "digits/minus"},
	}
}

// frenchSounds are numerals before a consonant (c) or a vowel (v), where they sound otherwise than alone.
func frenchSounds() []Atom {
	return []Atom{
		{Name: "5-c", Text: "cinq", Instead: []string{"5"}},
		{Name: "6-c", Text: "six", Instead: []string{"6"}},
		{Name: "8-c", Text: "huit", Instead: []string{"8"}},
		{Name: "10-c", Text: "dix", Instead: []string{"10"}},
		{Name: "18-c", Text: "dix-huit", Instead: []string{"18"}},
		{Name: "1-v", Text: "un", Instead: []string{"1"}},
		{Name: "2-v", Text: "deux", Instead: []string{"2"}},
		{Name: "3-v", Text: "trois", Instead: []string{"3"}},
		{Name: "6-v", Text: "six", Instead: []string{"6"}},
		{Name: "9-v", Text: "neuf", Instead: []string{"9"}},
		{Name: "10-v", Text: "dix", Instead: []string{"10"}},
		{Name: "19-v", Text: "dix-neuf", Instead: []string{"19"}},
		{Name: "20-v", Text: "vingt", Instead: []string{"20"}},
		{Name: "100-v", Text: "cent", Instead: []string{"100"}},
		{Name: "100s-v", Text: "cents", Instead: []string{"100s"}},
	}
}

func frenchSeventyNinety() []Atom {
	return []Atom{
		{Name: "70", Text: "soixante-dix", Instead: []string{"60", "10"}, Asterisk: "digits/70"},
		{Name: "70-c", Text: "soixante-dix", Instead: []string{"70"}},
		{Name: "70-v", Text: "soixante-dix", Instead: []string{"70"}},
		{Name: "90", Text: "quatre-vingt-dix", Instead: []string{"80", "10"}, Asterisk: "digits/90"},
		{Name: "90-c", Text: "quatre-vingt-dix", Instead: []string{"90"}},
		{Name: "90-v", Text: "quatre-vingt-dix", Instead: []string{"90"}},
	}
}

func frenchEighty() []Atom {
	return []Atom{
		{Name: "80", Text: "quatre-vingt", Asterisk: "digits/80"},
		{Name: "80s", Text: "quatre-vingts", Instead: []string{"80"}},
		{Name: "80s-v", Text: "quatre-vingts", Instead: []string{"80s"}},
		{Name: "ord-80", Text: "quatre-vingtième", Asterisk: "digits/h-80"},
	}
}

func frenchSeptante() []Atom {
	return []Atom{
		{Name: "septante", Text: "septante"},
		{Name: "ord-septante", Text: "septantième"},
	}
}

func frenchHuitante() []Atom {
	return []Atom{
		{Name: "huitante", Text: "huitante"},
		{Name: "ord-huitante", Text: "huitantième"},
	}
}

func frenchOctante() []Atom {
	return []Atom{
		{Name: "octante", Text: "octante"},
		{Name: "ord-octante", Text: "octantième"},
	}
}

func frenchNonante() []Atom {
	return []Atom{
		{Name: "nonante", Text: "nonante"},
		{Name: "ord-nonante", Text: "nonantième"},
	}
}

func frenchOrdinals() []Atom {
	return []Atom{
		{Name: "ord-1", Text: "premier", Asterisk: "digits/h-1"},
		{Name: "ord-2", Text: "deuxième", Asterisk: "digits/h-2"},
		{Name: "ord-3", Text: "troisième", Asterisk: "digits/h-3"},
		{Name: "ord-4", Text: "quatrième", Asterisk: "digits/h-4"},
		{Name: "ord-5", Text: "cinquième", Asterisk: "digits/h-5"},
		{Name: "ord-6", Text: "sixième", Asterisk: "digits/h-6"},
		{Name: "ord-7", Text: "septième", Asterisk: "digits/h-7"},
		{Name: "ord-8", Text: "huitième", Asterisk: "digits/h-8"},
		{Name: "ord-9", Text: "neuvième", Asterisk: "digits/h-9"},
		{Name: "ord-10", Text: "dixième", Asterisk: "digits/h-10"},
		{Name: "ord-11", Text: "onzième", Asterisk: "digits/h-11"},
		{Name: "ord-12", Text: "douzième", Asterisk: "digits/h-12"},
		{Name: "ord-13", Text: "treizième", Asterisk: "digits/h-13"},
		{Name: "ord-14", Text: "quatorzième", Asterisk: "digits/h-14"},
		{Name: "ord-15", Text: "quinzième", Asterisk: "digits/h-15"},
		{Name: "ord-16", Text: "seizième", Asterisk: "digits/h-16"},
		{Name: "ord-17", Text: "dix-septième", Asterisk: "digits/h-17"},
		{Name: "ord-18", Text: "dix-huitième", Asterisk: "digits/h-18"},
		{Name: "ord-19", Text: "dix-neuvième", Asterisk: "digits/h-19"},
		{Name: "ord-20", Text: "vingtième", Asterisk: "digits/h-20"},
		{Name: "ord-1-f", Text: "première"},
		{Name: "ord-u1", Text: "unième"},
		{Name: "ord-30", Text: "trentième", Asterisk: "digits/h-30"},
		{Name: "ord-40", Text: "quarantième", Asterisk: "digits/h-40"},
		{Name: "ord-50", Text: "cinquantième", Asterisk: "digits/h-50"},
		{Name: "ord-60", Text: "soixantième", Asterisk: "digits/h-60"},
		{Name: "ord-100", Text: "centième", Asterisk: "digits/h-hundred"},
		{Name: "ord-thousand", Text: "millième", Asterisk: "digits/h-thousand"},
		{Name: "ord-million", Text: "millionième", Asterisk: "digits/h-million"},
	}
}

func frenchTime() []Atom {
	return []Atom{
		{Name: "sunday", Text: "dimanche", Asterisk: "digits/day-0"},
		{Name: "monday", Text: "lundi", Asterisk: "digits/day-1"},
		{Name: "tuesday", Text: "mardi", Asterisk: "digits/day-2"},
		{Name: "wednesday", Text: "mercredi", Asterisk: "digits/day-3"},
		{Name: "thursday", Text: "jeudi", Asterisk: "digits/day-4"},
		{Name: "friday", Text: "vendredi", Asterisk: "digits/day-5"},
		{Name: "saturday", Text: "samedi", Asterisk: "digits/day-6"},
		{Name: "january", Text: "janvier", Asterisk: "digits/mon-0"},
		{Name: "february", Text: "février", Asterisk: "digits/mon-1"},
		{Name: "march", Text: "mars", Asterisk: "digits/mon-2"},
		{Name: "april", Text: "avril", Asterisk: "digits/mon-3"},
		{Name: "may", Text: "mai", Asterisk: "digits/mon-4"},
		{Name: "june", Text: "juin", Asterisk: "digits/mon-5"},
		{Name: "july", Text: "juillet", Asterisk: "digits/mon-6"},
		{Name: "august", Text: "août", Asterisk: "digits/mon-7"},
		{Name: "september", Text: "septembre", Asterisk: "digits/mon-8"},
		{Name: "october", Text: "octobre", Asterisk: "digits/mon-9"},
		{Name: "november", Text: "novembre", Asterisk: "digits/mon-10"},
		{Name: "december", Text: "décembre", Asterisk: "digits/mon-11"},
		{Name: "yesterday", Text: "hier", Asterisk: "digits/yesterday"},
		{Name: "today", Text: "aujourd'hui", Asterisk: "digits/today"},
		{Name: "tomorrow", Text: "demain", Asterisk: "digits/tomorrow"},
		{Name: "the", Text: "le"},
		{Name: "second", Text: "seconde", Instead: []string{"seconds"}},
		{Name: "seconds", Text: "secondes", Asterisk: "queue-seconds"},
		{Name: "minute", Text: "minute", Instead: []string{"minutes"}},
		{Name: "minutes", Text: "minutes", Asterisk: "queue-minutes"},
		{Name: "hour", Text: "heure", Instead: []string{"hours"}},
		{Name: "hours", Text: "heures", Asterisk: "digits/oclock"},
		{Name: "day", Text: "jour"},
		{Name: "days", Text: "jours", Instead: []string{"day"}},
		{Name: "noon", Text: "midi", Instead: []string{"12", "hours"}},
		{Name: "midnight", Text: "minuit", Instead: []string{"0", "hour"}},
		{Name: "quarter", Text: "quart", Instead: []string{"15"}},
		{Name: "half", Text: "demi", Instead: []string{"30"}},
		{Name: "half-f", Text: "demie", Instead: []string{"half"}},
		{Name: "in-the-morning", Text: "du matin"},
		{Name: "in-the-afternoon", Text: "de l'après-midi"},
		{Name: "in-the-evening", Text: "du soir"},
	}
}

func frenchMoney() []Atom {
	return []Atom{
		{Name: "euro", Text: "euro"},
		{Name: "euros", Text: "euros", Instead: []string{"euro"}},
		{Name: "of-euros", Text: "d'euros", Instead: []string{"euros"}},
		{Name: "pound", Text: "livre sterling"},
		{Name: "pounds", Text: "livres sterling", Instead: []string{"pound"}},
		{Name: "of-pounds", Text: "de livres sterling", Instead: []string{"pounds"}},
		{Name: "dollar", Text: "dollar", Instead: []string{"dollars"}},
		{Name: "dollars", Text: "dollars", Asterisk: "digits/dollars"},
		{Name: "of-dollars", Text: "de dollars", Instead: []string{"dollars"}},
		{Name: "euro-cent", Text: "centime"},
		{Name: "euro-cents", Text: "centimes", Instead: []string{"euro-cent"}},
		{Name: "franc-cent", Text: "centime", Instead: []string{"euro-cent"}},
		{Name: "franc-cents", Text: "centimes", Instead: []string{"euro-cents"}},
		{Name: "dollar-cent", Text: "cent"},
		{Name: "dollar-cents", Text: "cents", Instead: []string{"dollar-cent"}},
		{Name: "penny", Text: "penny"},
		{Name: "pence", Text: "pence"},
	}
}

func frenchFrancs() []Atom {
	return []Atom{
		{Name: "franc", Text: "franc"},
		{Name: "francs", Text: "francs", Instead: []string{"franc"}},
		{Name: "of-francs", Text: "de francs", Instead: []string{"francs"}},
	}
}

func frenchSwissFrancs() []Atom {
	return []Atom{
		{Name: "swiss-franc", Text: "franc suisse"},
		{Name: "swiss-francs", Text: "francs suisses", Instead: []string{"swiss-franc"}},
		{Name: "of-swiss-francs", Text: "de francs suisses", Instead: []string{"swiss-francs"}},
	}
}

func frenchPhrases() []Atom {
	return []Atom{
		{Name: "pause", Text: ","},
		{Name: "plus", Text: "plus", Asterisk: "letters/plus"},
		{Name: "star", Text: "étoile", Asterisk: "digits/star"},
		{Name: "hash", Text: "dièse", Asterisk: "digits/pound"},
		{Name: "queue-next", Text: "vous êtes le prochain", Asterisk: "queue-youarenext"},
		{Name: "queue-position", Text: "vous êtes en position"},
		{Name: "queue-wait", Text: "le temps d'attente estimé est d'environ"},
		{Name: "queue-wait-short", Text: "le temps d'attente estimé est de moins d'une minute"},
		{Name: "queue-wait-long", Text: "le temps d'attente estimé est de plus d'une heure"},
	}
}

// letterAtoms are the letters, whose name is the same in writing wherever it is spoken.
func letterAtoms() []Atom {
	to := make([]Atom, 0, 26)
	for c := 'a'; c <= 'z'; c++ {
		to = append(to, Atom{Name: "letter-" + string(c), Text: string(c - 'a' + 'A'), Asterisk: "letters/" + string(c)})
	}
	return to
}
