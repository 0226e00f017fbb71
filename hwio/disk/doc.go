// Package disk watches the disk of the box: room left, wear and errors.
//
// It will own those readings and a fake for tests; nothing is here yet.
package disk
