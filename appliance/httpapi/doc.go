// Package httpapi serves the web pages of the box and the interface they speak with.
//
// It will own sign-in, the JSON interface and the live feed; nothing is here yet.
package httpapi
