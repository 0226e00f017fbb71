// Package identity is how those who use the box prove who they are: a password they chose themselves, the code of an invitation, the key of a program.
//
// Who they are and what they may do stands in the site document; nothing here gives a right. There is no password before its owner has chosen one:
// the first administrator is let in by a code of the serial console, everybody else by an invitation.
package identity
