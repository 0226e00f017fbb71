// Package notify tells people outside a call about it, by e-mail, SMS or HTTP.
//
// It will own the senders and their retries; nothing is here yet.
package notify
