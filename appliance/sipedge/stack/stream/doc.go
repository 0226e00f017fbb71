// Package stream is one SIP connection over TCP, TLS or a WebSocket: what comes is cut into messages, and what goes waits in a queue, so that a
// slow phone holds up nobody.
//
// A [Conn] has a goroutine that reads, and tells its [Ear] each message in the order of the wire, and one that writes. [Config] bounds its memory
// and its time. [Web] takes WebSockets (RFC 7118).
package stream
