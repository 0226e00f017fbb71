// Package button notices the button on the box being pressed, shortly or for long.
//
// It will own debouncing and a fake for tests; nothing is here yet.
package button
