// Package vad tells speech from silence.
//
// It will own voice activity detection on 8 kHz frames; nothing is here yet.
package vad
