//go:build !race

package wire

// claimRounds of PBKDF2-HMAC-SHA256: a recorded enrolment costs its thief 2^54 times this.
const claimRounds = 600_000
