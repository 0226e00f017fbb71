// Package netif reads the box's network sockets: cable, speed and addresses.
//
// It will own those readings and a fake for tests; nothing is here yet.
package netif
