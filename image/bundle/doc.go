// Package bundle packs a firmware update and signs it.
//
// It will own the bundle format, its signature and its bounded reader; nothing is here yet.
package bundle
