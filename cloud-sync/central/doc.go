// Package central is the cloud's knowledge of its boxes: customers, sites, revisions and the facts
// received.
//
// It holds the rules; where things are kept is behind the interfaces of store.go (centraldb), who signs is behind Signer and Issuer (keyring).
// Every question names its tenant, and an object of another tenant is ErrNotFound, as if it did not exist.
package central
