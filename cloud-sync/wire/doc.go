// Package wire is the agreement between a box and the cloud: what each sends to the other.
//
// It will own the versioned documents and batches with their golden JSON; nothing is here yet.
package wire
