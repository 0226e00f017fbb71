package registrar

import "strings"

// stumbles reports whether a program gives up at a challenge with an algorithm it does not know, instead of passing on to the next one as
// RFC 7616 §3.7 asks: it must be shown MD5 alone. It says nothing of who has an account, so it tells a stranger nothing.
func stumbles(agent string) bool {
	name, version, _ := strings.Cut(strings.ToLower(strings.TrimSpace(agent)), " ")
	// libre learnt SHA-256 with baresip 2; Debian 12 ships 1.0.
	return name == "baresip" && (strings.HasPrefix(version, "v0.") || strings.HasPrefix(version, "v1."))
}
