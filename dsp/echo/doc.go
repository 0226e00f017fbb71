// Package echo removes a caller's own voice coming back.
//
// It will own the echo canceller, measured as ITU-T G.168 asks; nothing is here yet.
package echo
