// Package progress recognises what a line plays back: dial tone, ringing, busy, or a special
// information tone.
//
// It will own call progress detection over the national tone plans; nothing is here yet.
package progress
