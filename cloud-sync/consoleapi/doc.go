// Package consoleapi is what administrators of many sites see and use.
//
// It will own their HTTP interface and pages; nothing is here yet.
package consoleapi
