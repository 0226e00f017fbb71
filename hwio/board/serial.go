package board

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
)

// SerialNumber is the box's number: the maker's when it can be believed, else one made of the lowest built-in network address, else
// of the machine's id. It stays the same across restarts and new firmware; empty when the machine says nothing at all.
func SerialNumber(f Facts) string {
	if s, ok := plausible(f.Serial); ok {
		return s
	}
	macs := slices.Clone(f.MACs)
	slices.Sort(macs) // the kernel may name the sockets in another order next time
	for _, mac := range macs {
		if s, ok := fromMAC(mac); ok {
			return s
		}
	}
	if len(f.Machine) == 32 {
		sum := sha256.Sum256([]byte("autocom serial number\n" + f.Machine)) // the id itself is to be kept private (machine-id(5))
		return "AC-" + base32.StdEncoding.EncodeToString(sum[:])[:12]
	}
	return ""
}

// plausible refuses what makers leave in the field when they did not number the machine.
func plausible(s string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) < 4 || len(s) > 32 {
		return "", false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != '-' && r != '.' && r != '/' {
			return "", false // a blank too: "To be filled by O.E.M.", "System Serial Number", "Not Specified"
		}
	}
	for _, filler := range []string{"DEFAULT", "NONE", "UNKNOWN", "INVALID", "OEM", "O.E.M.", "N/A", "SERIAL", "NOTSPECIFIED", "NOT-SPECIFIED"} {
		if strings.Contains(s, filler) {
			return "", false
		}
	}
	if strings.HasPrefix("0123456789", s) || strings.HasPrefix("1234567890", s) || s == strings.Repeat(s[:1], len(s)) {
		return "", false
	}
	return s, true
}

// fromMAC makes a number of a network address that its maker gave: one made up by software (the local bit) may change.
func fromMAC(mac string) (string, bool) {
	digits := strings.ToUpper(strings.ReplaceAll(mac, ":", ""))
	if len(digits) != 12 || strings.Trim(digits, "0123456789ABCDEF") != "" || strings.Trim(digits, "0") == "" {
		return "", false
	}
	if local := strings.Contains("2367ABEF", digits[1:2]); local && !strings.HasPrefix(digits, "525400") { // QEMU's own range
		return "", false
	}
	return "AC-" + digits, true
}
