package menu

// The size of the screen.
const (
	columns = 80
	rows    = 24
)

// style is how a cell is shown: there is no colour.
type style uint8

const (
	plain style = iota
	bold
	reverse
)

// cell is one place on the screen. The zero cell is one nobody knows the content of.
type cell struct {
	r rune
	s style
}

// frame is a whole screen as it should be.
type frame struct {
	cells    [rows][columns]cell
	row, col int // of the cursor, from 0
	ascii    bool
}

func blank(ascii bool) *frame {
	f := &frame{ascii: ascii}
	for r := range f.cells {
		for c := range f.cells[r] {
			f.cells[r][c] = cell{' ', plain}
		}
	}
	return f
}

// put writes a text and returns the column after it. What is beyond the edge is not written.
func (f *frame) put(row, col int, s style, text string) int {
	if row < 0 || row >= rows {
		return col
	}
	for _, r := range clean(text, f.ascii) {
		if col >= columns {
			return columns
		}
		if col >= 0 {
			f.cells[row][col] = cell{r, s}
		}
		col++
	}
	return col
}

// box writes a text into width cells, cut if need be, and returns the column after it.
func (f *frame) box(row, col, width int, s style, text string) int {
	return f.put(row, col, s, fit(clean(text, f.ascii), width, f.ascii))
}

// headed writes a text of two parts into width cells: if both do not fit, the first is cut and the second stays whole.
func (f *frame) headed(row, col, width int, s style, head, tail string) int {
	tail = fit(clean(tail, f.ascii), width, f.ascii)
	col = f.box(row, col, width-wide(tail), s, head)
	return f.put(row, col, s, tail)
}

// right writes a text that ends before a column.
func (f *frame) right(row, end int, s style, text string) {
	text = clean(text, f.ascii)
	f.put(row, end-wide(text), s, text)
}

// bar turns a row into a reverse one with three texts: left, centre, right. The centre gives way to the others.
func (f *frame) bar(row int, left, centre, right string) {
	for c := range f.cells[row] {
		f.cells[row][c] = cell{' ', reverse}
	}
	right = clean(right, f.ascii)
	start := max(f.box(row, 1, columns-4-wide(right), reverse, left)+2, 0)
	end := columns - 1 - wide(right)
	f.put(row, end, reverse, right)
	centre = fit(clean(centre, f.ascii), end-2-start, f.ascii)
	at := max(start, min((columns-wide(centre))/2, end-2-wide(centre)))
	f.put(row, at, reverse, centre)
}

// rule draws a line across the screen.
func (f *frame) rule(row int) {
	for c := range columns {
		f.put(row, c, plain, "─")
	}
}
