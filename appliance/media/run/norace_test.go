//go:build !race

package run

// poolDrops is how many allocations a packet may cost.
const poolDrops = 0
