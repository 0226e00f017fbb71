// Package central is the cloud's knowledge of its boxes: customers, sites, revisions and the facts
// received.
//
// It will own tenants, rollouts and the intake of facts; nothing is here yet.
package central
