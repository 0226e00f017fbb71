package say

// A Currency is a money amounts are spoken in.
type Currency uint8

// The currencies.
const (
	Euro Currency = iota
	Dollar
	Pound
	SwissFranc
	currencies
)

// Code is the currency's code (ISO 4217).
func (c Currency) Code() string {
	switch c {
	case Euro:
		return "EUR"
	case Dollar:
		return "USD"
	case Pound:
		return "GBP"
	case SwissFranc:
		return "CHF"
	default:
		return "XXX"
	}
}

// CurrencyOf finds a currency by its code.
func CurrencyOf(code string) (Currency, bool) {
	for c := range currencies {
		if c.Code() == code {
			return c, true
		}
	}
	return 0, false
}

// coins are the nouns of a currency, and the atom that replaces the main one after a round million: "un million d'euros".
// Only outside Switzerland are its francs Swiss.
func (l Language) coins(c Currency) (unit, part noun, of string) {
	switch c {
	case Dollar:
		return noun{"dollar", "dollars", Masculine, consonant}, noun{"dollar-cent", "dollar-cents", Masculine, consonant}, "of-dollars"
	case Pound:
		return noun{"pound", "pounds", Feminine, consonant}, noun{"penny", "pence", Masculine, consonant}, "of-pounds"
	case SwissFranc:
		cent := noun{"franc-cent", "franc-cents", Masculine, consonant}
		if l.country() == "41" {
			return noun{"franc", "francs", Masculine, consonant}, cent, "of-francs"
		}
		return noun{"swiss-franc", "swiss-francs", Masculine, consonant}, cent, "of-swiss-francs"
	default:
		return noun{"euro", "euros", Masculine, vowel}, noun{"euro-cent", "euro-cents", Masculine, consonant}, "of-euros"
	}
}

// Money speaks an amount in hundredths: 1250 euro hundredths are "douze euros et cinquante centimes". It speaks up to Most
// hundredths; what is less than a unit has none ("cinquante centimes"), and a round amount has no hundredths.
func (l Language) Money(hundredths int64, c Currency) ([]string, error) {
	if hundredths < -Most || hundredths > Most || c >= currencies {
		return nil, ErrRange
	}
	var to []string
	if hundredths < 0 {
		to, hundredths = append(to, "minus"), -hundredths
	}
	whole, rest := hundredths/100, hundredths%100
	unit, part, of := l.coins(c)
	if whole > 0 || rest == 0 {
		if whole >= 1_000_000 && whole%1_000_000 == 0 && !l.english() {
			to = append(l.number(to, whole, Masculine, end), of)
		} else {
			to = l.counted(to, whole, unit)
		}
	}
	if rest == 0 {
		return to, nil
	}
	if whole > 0 {
		to = append(to, "and")
	}
	return l.counted(to, rest, part), nil
}
