package board

import "strings"

func isPC(f Facts) bool { return f.Arch == "amd64" }

// pc is any x86-64 machine that has no line of its own.
func pc(f Facts) Board {
	return Board{ID: "pc-x86", Name: said("PC (x86-64)", f.Vendor, f.Product), Console: "/dev/ttyS0", Watchdog: "/dev/watchdog", Lamps: lamps(f)}
}

// said is the maker's name of a machine, or another when the maker left none.
func said(otherwise string, words ...string) string {
	var kept []string
	for _, w := range words {
		if l := strings.ToLower(w); w != "" && !strings.Contains(l, "o.e.m") && !strings.Contains(l, "default string") && !strings.Contains(l, "system product") && !strings.Contains(l, "system manufacturer") {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return otherwise
	}
	return strings.Join(kept, " ")
}
