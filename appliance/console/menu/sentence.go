package menu

// Sentence is an error in both of the menu's languages.
type Sentence struct {
	French, English string
	Err             error // what lies below; may be nil
}

func (s *Sentence) Error() string { return s.English }

// Unwrap is what lies below.
func (s *Sentence) Unwrap() error { return s.Err }

// in is the sentence in a language.
func (s *Sentence) in(l Language) string {
	if l == English {
		return s.English
	}
	return s.French
}
