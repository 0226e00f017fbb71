package menu

// Signs stand before every state: there is no colour.
const (
	good    = "ok"
	trouble = "!"
	pending = ".."
)

// sign writes a sign into its two cells and a space, and returns the column after them.
func (f *frame) sign(row, col int, sign string) int {
	f.put(row, col, bold, sign)
	return col + 3
}

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

// signed is a text under its sign, in width cells.
func (f *frame) signed(row, col, width int, sign, head, tail string) {
	col = f.sign(row, col, sign)
	f.headed(row, col, width-3, plain, head, tail)
}
