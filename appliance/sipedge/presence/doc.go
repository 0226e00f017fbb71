// Package presence lights the lamps on desk phones, so that each shows who is on the line.
//
// It will own SUBSCRIBE and NOTIFY for dialog and presence events; nothing is here yet.
package presence
