//go:build race

package run

// poolDrops is how many allocations a packet may cost: under the race detector a sync.Pool forgets at random what it was given.
const poolDrops = 2
