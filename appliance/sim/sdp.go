package sim

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// describe writes what a peer says of its sound (RFC 4566): one audio line.
func describe(at netip.AddrPort, version int, direction string, codecs string) string {
	events := ""
	if strings.HasSuffix(codecs, " 101") { // a dynamic number means what its rtpmap says (RFC 4566 §6)
		events = "a=rtpmap:101 telephone-event/8000\r\n"
	}
	return fmt.Sprintf("v=0\r\no=peer 7 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %[2]s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%sa=%s\r\n",
		version, at.Addr(), at.Port(), codecs, events, direction)
}

// readSDP finds in the box's description where its sound goes and comes from, the first payload type, and the direction, seen from the box.
func readSDP(body string) (at netip.AddrPort, payload uint8, direction string, ok bool) {
	direction = "sendrecv"
	var host netip.Addr
	var port uint64
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if rest, found := strings.CutPrefix(line, "c=IN IP4 "); found {
			host, _ = netip.ParseAddr(rest)
		}
		if f := strings.Fields(line); len(f) > 3 && f[0] == "m=audio" {
			port, _ = strconv.ParseUint(f[1], 10, 16)
			pt, _ := strconv.ParseUint(f[3], 10, 7)
			payload, ok = uint8(pt), true
		}
		switch line {
		case "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive":
			direction = line[2:]
		}
	}
	return netip.AddrPortFrom(host, uint16(port)), payload, direction, ok && host.IsValid()
}
