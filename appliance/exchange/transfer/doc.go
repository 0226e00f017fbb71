// Package transfer hands a caller from one agent to another person, blind or after a word with them,
// and can take the caller back.
//
// It will own one state table for blind, attended, take-back and three-way calls; nothing is here yet.
package transfer
