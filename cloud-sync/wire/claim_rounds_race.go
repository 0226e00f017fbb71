//go:build race

package wire

// claimRounds under the race detector, where a round costs ten times as much and no product is built: both ends of a test derive alike.
const claimRounds = 6_000
