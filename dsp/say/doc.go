// Package say speaks numbers, dates and amounts from recorded pieces.
//
// It will own the rules that pick the pieces, in French first; nothing is here yet.
package say
