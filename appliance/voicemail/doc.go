// Package voicemail keeps the messages callers leave, and tells their owner.
//
// It will own mailboxes, messages and their retention; nothing is here yet.
package voicemail
