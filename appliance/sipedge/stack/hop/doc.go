// Package hop reads and writes what a message says of its last stop: where it came from, what it belongs to, and where its answer goes.
//
// That is the topmost Via (RFC 3261 §18.2, §17.2.3, RFC 3581) and the addresses of sockets.
package hop
