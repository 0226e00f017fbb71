// Package socket is one UDP socket that SIP comes in by: it is read in the order of the wire, opened again when it fails, and forgets who wrote
// once.
//
// sipgo's transport reads and parses; a [Socket] says what is put before its parser, hears what it makes of it, and keeps its log and its memory
// short.
package socket
