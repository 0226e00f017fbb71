// Package relay is a bad line in user space: it cuts, delays, throttles, duplicates and reorders what passes, so that tests can hold the link to its promises.
package relay
