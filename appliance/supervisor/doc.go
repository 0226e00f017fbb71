// Package supervisor decides what the supervisor's wall shows.
//
// It will own the view model of queues and agents, a pure fold of facts; nothing is here yet.
package supervisor
