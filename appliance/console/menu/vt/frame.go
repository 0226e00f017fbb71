package vt

// The size of the screen.
const (
	Columns = 80
	Rows    = 24
)

// Style is how a cell is shown: there is no colour.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Bold
	Reverse
)

// Cell is one place on the screen. The zero cell is one nobody knows the content of.
type Cell struct {
	R rune // zero: unknown
	S Style
}

// Frame is a whole screen as it should be.
type Frame struct {
	Cells    [Rows][Columns]Cell
	Row, Col int // of the cursor, from 0
	ascii    bool
}

// Blank is an empty screen. In ascii, letters lose their accents as they are put there.
func Blank(ascii bool) *Frame {
	f := &Frame{ascii: ascii}
	for r := range f.Cells {
		for c := range f.Cells[r] {
			f.Cells[r][c] = Cell{' ', Plain}
		}
	}
	return f
}

// Put writes a text and returns the column after it. What is beyond the edge is not written.
func (f *Frame) Put(row, col int, s Style, text string) int {
	if row < 0 || row >= Rows {
		return col
	}
	for _, r := range Clean(text, f.ascii) {
		if col >= Columns {
			return Columns
		}
		if col >= 0 {
			f.Cells[row][col] = Cell{r, s}
		}
		col++
	}
	return col
}

// Box writes a text into width cells, cut if need be, and returns the column after it.
func (f *Frame) Box(row, col, width int, s Style, text string) int {
	return f.Put(row, col, s, Fit(Clean(text, f.ascii), width, f.ascii))
}

// Headed writes a text of two parts into width cells: if both do not fit, the first is cut and the second stays whole.
func (f *Frame) Headed(row, col, width int, s Style, head, tail string) int {
	tail = Fit(Clean(tail, f.ascii), width, f.ascii)
	col = f.Box(row, col, width-Wide(tail), s, head)
	return f.Put(row, col, s, tail)
}

// Right writes a text that ends before a column.
func (f *Frame) Right(row, end int, s Style, text string) {
	text = Clean(text, f.ascii)
	f.Put(row, end-Wide(text), s, text)
}

// Bar turns a row into a reverse one with three texts: left, centre, right. The centre gives way to the others.
func (f *Frame) Bar(row int, left, centre, right string) {
	for c := range f.Cells[row] {
		f.Cells[row][c] = Cell{' ', Reverse}
	}
	right = Clean(right, f.ascii)
	start := max(f.Box(row, 1, Columns-4-Wide(right), Reverse, left)+2, 0)
	end := Columns - 1 - Wide(right)
	f.Put(row, end, Reverse, right)
	centre = Fit(Clean(centre, f.ascii), end-2-start, f.ascii)
	at := max(start, min((Columns-Wide(centre))/2, end-2-Wide(centre)))
	f.Put(row, at, Reverse, centre)
}

// Rule draws a line across the screen.
func (f *Frame) Rule(row int) {
	for c := range Columns {
		f.Put(row, c, Plain, "─")
	}
}

// Sign writes a sign into its two cells and a space, and returns the column after them.
func (f *Frame) Sign(row, col int, sign string) int {
	f.Put(row, col, Bold, sign)
	return col + 3
}

// Signed is a text under its sign, in width cells.
func (f *Frame) Signed(row, col, width int, sign, head, tail string) {
	col = f.Sign(row, col, sign)
	f.Headed(row, col, width-3, Plain, head, tail)
}

// Choice is one numbered line of a screen.
func (f *Frame) Choice(row int, n, title, about string) {
	f.Put(row, 3, Bold, n)
	f.Headed(row, 6, Columns-7, Plain, title, about)
}
