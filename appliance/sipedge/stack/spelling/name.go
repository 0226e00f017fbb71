package spelling

// Name is the full name of a header that may be told of, whatever its case and also when it came in its compact form (RFC 3261 §7.3.3), or
// nothing: what carries a secret has no name here.
func Name(name []byte) string {
	var lower [16]byte
	if len(name) > len(lower) {
		return ""
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(name)]) {
	case "call-id", "i":
		return "Call-ID"
	case "cseq":
		return "CSeq"
	case "from", "f":
		return "From"
	case "to", "t":
		return "To"
	case "contact", "m":
		return "Contact"
	case "via", "v":
		return "Via"
	case "content-type", "c":
		return "Content-Type"
	case "content-length", "l":
		return "Content-Length"
	case "user-agent":
		return "User-Agent"
	case "server":
		return "Server"
	case "reason":
		return "Reason"
	case "retry-after":
		return "Retry-After"
	case "refer-to", "r":
		return "Refer-To"
	case "replaces":
		return "Replaces"
	case "require":
		return "Require"
	case "unsupported":
		return "Unsupported"
	case "warning":
		return "Warning"
	case "expires":
		return "Expires"
	default:
		return ""
	}
}
