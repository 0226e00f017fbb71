// Package netif reads the box's network sockets: cable, speed and addresses.
package netif
