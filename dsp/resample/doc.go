// Package resample converts sound between the telephone's 8 kHz and other rates.
//
// It will own the polyphase filters; nothing is here yet.
package resample
