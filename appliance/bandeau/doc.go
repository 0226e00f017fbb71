// Package bandeau decides what the agent's toolbar shows.
//
// It will own the view model, a pure fold of facts into one screen; nothing is here yet.
package bandeau
