// Package modem drives the mobile modem that replaces a lost Internet line.
//
// It will own the modem's commands and a fake for tests; nothing is here yet.
package modem
