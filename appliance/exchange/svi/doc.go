// Package svi walks a caller through the voice menus of a site, one step after the other.
//
// It will own the flow graph, the caller's position in it, one file per step and the verifier of a
// flow; nothing is here yet.
package svi
