// Package cng fills silence with the faint noise that tells a listener the line is alive.
//
// It will own comfort noise as in RFC 3389; nothing is here yet.
package cng
