package campaign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/policy"
)

// Row is one line of a list of contacts, read but not yet judged.
type Row struct {
	Line    int // from 1
	Typed   string
	Name    string
	Subject fact.Subject // given by the rim, which seals numbers
	Consent policy.Consent
	Custom  []Var
}

// Rejected is one line that was not taken. Detail holds no number: the report is kept, the list is not.
type Rejected struct {
	Line   int    `json:"line"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Report is what became of a list.
type Report struct {
	Taken    int        `json:"taken"`
	IDs      []string   `json:"-"` // of the contacts taken, in the order of the list
	Rejected []Rejected `json:"rejected,omitempty"`
}

// Bounds of one list (ARCHITECTURE R17).
const (
	MaxListBytes = 4 << 20
	MaxListLines = 20_000
)

// The reasons why a whole list cannot be read.
var (
	ErrListSize     = errors.New("the list is too long")
	ErrListEncoding = errors.New("the list is UTF-16: save it as CSV UTF-8")
	ErrListColumns  = errors.New("no column holds numbers: name it « numéro » or « number »")
)

// column is what a column of a list holds.
type column uint8

const (
	columnCustom column = iota
	columnNumber
	columnName
	columnSource
	columnText
	columnDate
	columnRevoked
)

// columnOf reads the heading of a column, in French or English, with accents or without.
func columnOf(heading string) column {
	h := strings.NewReplacer("é", "e", "è", "e", "°", "", " ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(heading)))
	switch h {
	case "numero", "number", "telephone", "phone", "tel", "n":
		return columnNumber
	case "nom", "name":
		return columnName
	case "consentement_source", "consent_source":
		return columnSource
	case "consentement_texte", "consent_text", "consentement", "consent":
		return columnText
	case "consentement_date", "consent_date":
		return columnDate
	case "retrait_date", "revoked", "consent_revoked":
		return columnRevoked
	}
	return columnCustom
}

// ReadCSV reads a list with headings. Fields are separated by the first of ; , and tab that its headings hold, and may stand in double quotes
// (RFC 4180). A mark of UTF-8 at its beginning is skipped. Dates are days of a zone, ISO 8601 or 23/11/2026. Lines that cannot be read are reported and
// the others taken.
func ReadCSV(data []byte, z hours.Zone) ([]Row, []Rejected, error) {
	if len(data) > MaxListBytes {
		return nil, nil, fmt.Errorf("campaign: %w", ErrListSize)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return nil, nil, fmt.Errorf("campaign: %w", ErrListEncoding)
	}
	records := split(text, separator(text))
	if len(records) > MaxListLines+1 {
		return nil, nil, fmt.Errorf("campaign: %w", ErrListSize)
	}
	if len(records) == 0 {
		return nil, nil, fmt.Errorf("campaign: %w", ErrListColumns)
	}
	head := records[0].fields
	columns := make([]column, len(head))
	for i, h := range head {
		columns[i] = columnOf(h)
	}
	if !slices.Contains(columns, columnNumber) {
		return nil, nil, fmt.Errorf("campaign: %w", ErrListColumns)
	}
	var rows []Row
	var rejected []Rejected
	for _, r := range records[1:] {
		row, bad := rowOf(r, head, columns, z)
		if bad.Code != "" {
			rejected = append(rejected, bad)
			continue
		}
		rows = append(rows, row)
	}
	return rows, rejected, nil
}

func rowOf(r record, head []string, columns []column, z hours.Zone) (Row, Rejected) {
	row := Row{Line: r.line}
	bad := func(code, detail string) (Row, Rejected) { return Row{}, Rejected{r.line, code, detail} }
	if r.open {
		return bad("list.quotes", "a quote is not closed")
	}
	if len(r.fields) != len(head) {
		return bad("list.columns", fmt.Sprintf("%d of %d", len(r.fields), len(head)))
	}
	for i, f := range r.fields {
		if !utf8.ValidString(f) {
			return bad("list.encoding", strings.ToValidUTF8(head[i], "?"))
		}
		f = strings.TrimSpace(f)
		switch columns[i] {
		case columnNumber:
			if row.Typed == "" {
				row.Typed = f
			}
		case columnName:
			row.Name = f
		case columnSource:
			row.Consent.Source = f
		case columnText:
			row.Consent.Text = f
		case columnDate, columnRevoked:
			at, ok := dayIn(f, z)
			if !ok {
				return bad("list.date", head[i])
			}
			if columns[i] == columnDate {
				row.Consent.At = at
			} else {
				row.Consent.Revoked = at
			}
		case columnCustom:
			if f != "" {
				row.Custom = append(row.Custom, Var{strings.TrimSpace(head[i]), f})
			}
		}
	}
	return row, Rejected{}
}

// dayIn is the first instant of a day in a zone; 0 for an empty field.
func dayIn(s string, z hours.Zone) (int64, bool) {
	if s == "" {
		return 0, true
	}
	if t, err := time.Parse("02/01/2006", s); err == nil {
		s = t.Format(time.DateOnly)
	}
	d, err := hours.ParseDate(s)
	if err != nil {
		return 0, false
	}
	at := z.Instants(hours.Civil{Date: d}) // clocks of every zone of the table are put later at night: each day has its midnight
	if len(at) == 0 {
		return 0, false
	}
	return at[0], true
}

// separator is what stands between the fields of the first line.
func separator(text string) byte {
	line, _, _ := strings.Cut(text, "\n")
	for _, c := range []byte{';', '\t', ','} {
		if strings.IndexByte(line, c) >= 0 {
			return c
		}
	}
	return ';'
}

// record is one line of a list, or several when a quoted field runs over them.
type record struct {
	line   int
	fields []string
	open   bool // a quote was not closed
}

// split reads records and skips empty lines.
func split(text string, sep byte) []record {
	var out []record
	var field strings.Builder
	now := record{line: 1}
	line, quoted, some := 1, false, false
	end := func() {
		now.fields = append(now.fields, field.String())
		field.Reset()
	}
	finish := func() {
		end()
		if now.open = quoted; some {
			out = append(out, now)
		}
		now, some, quoted = record{line: line}, false, false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' && !quoted:
			line++
			finish()
		case quoted && c == '"' && i+1 < len(text) && text[i+1] == '"':
			field.WriteByte('"')
			i++
		case c == '"' && (quoted || field.Len() == 0):
			quoted = !quoted
			some = true
		case c == sep && !quoted:
			end()
			some = true
		case c == '\r' && !quoted:
		default:
			if c == '\n' {
				line++
			}
			field.WriteByte(c)
			some = some || c != ' '
		}
	}
	finish()
	return out
}

// Import puts the rows of a list into a campaign. It takes those that can be called one day and reports the others: numbers that cannot be read, that
// are in the list or the campaign already, that the branch would never call (for help, or what costs extra), or, when it prospects, of people who took
// their consent back and gave none since.
func (d *Desk) Import(now int64, id string, rows []Row, bad []Rejected, h House) (Report, []fact.Reason) {
	b := d.book(id)
	if b == nil {
		return Report{}, []fact.Reason{{Code: "campaign.unknown", Detail: id}}
	}
	if len(b.Contacts)+len(rows) > MaxListLines {
		return Report{}, []fact.Reason{{Code: "campaign.full", Detail: id}}
	}
	seen := make(map[string]int, len(rows)+len(b.Contacts))
	for i := range b.Contacts {
		if b.Contacts[i].Open() {
			seen[b.Contacts[i].Number] = 0
		}
	}
	r := Report{Rejected: slices.Clone(bad)}
	var taken []Contact
	for _, row := range rows {
		full, code, detail := readable(now, row.Typed, h)
		if first, twice := seen[full]; code == "" && twice {
			code, detail = "list.duplicate", "in the campaign already"
			if first > 0 {
				detail = fmt.Sprintf("line %d", first)
			}
		}
		if gone := d.Known(full).Revoked; code == "" && b.Campaign.Legal == policy.Prospecting && (row.Consent.Revoked != 0 || gone != 0 && gone >= row.Consent.At) {
			code = "consent.revoked"
		}
		if code != "" {
			r.Rejected = append(r.Rejected, Rejected{row.Line, code, detail})
			continue
		}
		seen[full] = row.Line
		taken = append(taken, Contact{Subject: row.Subject, Number: full, Name: row.Name, Custom: row.Custom, Consent: row.Consent})
	}
	r.IDs = d.addAll(b, taken, now)
	r.Taken = len(r.IDs)
	slices.SortStableFunc(r.Rejected, func(a, b Rejected) int { return a.Line - b.Line })
	return r, nil
}

// readable gives the one form of a number that may be called one day, or the code of what is wrong with it.
func readable(now int64, typed string, h House) (full, code, detail string) {
	full, err := number.E164(h.Ask.Country, typed)
	if err != nil {
		for _, known := range []error{number.ErrEmpty, number.ErrCharacter, number.ErrLength, number.ErrCountry} {
			if errors.Is(err, known) {
				detail = known.Error()
			}
		}
		if clean, bad := number.Clean(typed); bad == nil && (slices.Contains(h.Ask.Emergency, clean) || slices.Contains(policy.Emergency(h.Ask.Country), clean)) {
			return "", "outbound.emergency", ""
		}
		return "", "number.unreadable", detail
	}
	a := h.Ask
	a.Path, a.Number, a.At, a.Night = policy.PathForm, full, now, false // who asks, and what the law says of today, is asked when the call is due
	for _, why := range policy.Gate(a) {
		if why.Code == string(policy.RulePremium) && why.Detail == string(policy.ClassInternational) {
			continue // a list of our own may hold foreign numbers; the toll limits decide
		}
		return "", why.Code, why.Detail
	}
	return full, "", ""
}

// addAll puts new contacts at the end of a campaign.
func (d *Desk) addAll(b *Book, list []Contact, now int64) []string {
	if len(list) == 0 {
		return nil
	}
	changed(d, &d.Serial)
	changed(d, b)
	b.Contacts = slices.Grow(slices.Clone(b.Contacts), len(list))
	var ids []string
	for _, c := range list {
		d.Serial++
		c.ID, c.State, c.Since = fmt.Sprintf("p%d", d.Serial), Waiting, now
		b.Contacts = append(b.Contacts, c)
		ids = append(ids, c.ID)
	}
	return ids
}
