package sim

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Ladder tells every SIP message that is put on a wire from here on, as "second  . from → to  first line", to a story being told.
func (w *World) Ladder(say func(string)) {
	name := map[netip.AddrPort]string{w.box.at: "box"}
	for _, p := range w.trunks {
		name[p.at] = p.name
	}
	for _, p := range w.phones {
		name[p.at] = p.name
	}
	w.net.DropWhen(func(from, to netip.AddrPort, packet []byte) bool {
		if name[from] != "" && name[to] != "" {
			first, rest, _ := strings.Cut(string(packet), "\r\n")
			seq := ""
			for l := range strings.Lines(rest) {
				if v, ok := strings.CutPrefix(l, "CSeq: "); ok {
					seq = strings.TrimSpace(v)
				}
			}
			say(fmt.Sprintf("%9.3f  . . %s → %s  %s (%s)", time.Since(w.start).Seconds(), name[from], name[to], first, seq))
		}
		return false
	})
}
