// Package spelling reads SIP as phones really write it: with white space, line folds and short names where they like them.
//
// [Tidy] writes a message as sipgo's parser reads it, [NewParser] is that parser with a stricter eye, and [Name] is the one name of a header.
package spelling
