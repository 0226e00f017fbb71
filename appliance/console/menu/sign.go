package menu

// Signs stand before every state: there is no colour.
const (
	good    = "ok"
	trouble = "!"
	pending = ".."
)

// sign is how a result is shown.
func (r Result) sign() string {
	switch r {
	case Passed:
		return good
	case Failed:
		return trouble
	default:
		return pending
	}
}
