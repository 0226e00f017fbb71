// Package tally counts what happened: calls received, answered and lost, waits and talk times.
//
// It will own the pure folds from facts to counters that the box and the cloud share; nothing is here
// yet.
package tally
