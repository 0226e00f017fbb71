package menu

import "autocom/appliance/console/menu/vt"

// phonesPage lists the extensions, the silent ones first.
type phonesPage struct{ list list }

func (p *phonesPage) draw(s *session, f *vt.Frame) {
	w := s.words.Phone
	s.entry(f, 3)
	if s.state.boxErr != nil {
		f.Box(listFrom, f.Sign(listFrom, 3, trouble), vt.Columns-7, vt.Plain, s.failure(s.state.boxErr))
		return
	}
	phones, _ := s.state.phones()
	if len(phones) == 0 {
		f.Put(listFrom, 3, vt.Plain, w.None)
		return
	}
	p.list.lines = nil
	for _, x := range phones {
		sign, state := good, w.Heard
		if !x.Reachable {
			sign, state = trouble, w.Silent
		}
		p.list.lines = append(p.list.lines, entryLine{sign: sign, head: pad(x.Number, 8) + pad(vt.Fit(vt.Clean(x.Name, s.ascii), 50, s.ascii), 52) + state})
	}
	p.list.show(s, f, listFrom, listTo, listTo)
	f.Put(listTo, 3, vt.Plain, w.Head)
}

// pad makes a short text take a whole column.
func pad(text string, width int) string {
	for vt.Wide(text) < width {
		text += " "
	}
	return text
}

func (p *phonesPage) hint(s *session) string   { return s.words.Prompt.ListKeys }
func (p *phonesPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *phonesPage) line(s *session, text string) {
	if !p.list.turn(text, listTo-listFrom) {
		s.unknown(text)
	}
}
