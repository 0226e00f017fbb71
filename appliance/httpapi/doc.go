// Package httpapi is the box's own small page: whoever stands in the branch signs in with a code that works once, sees what goes well and
// what does not, and joins the box to the central console.
//
// The page needs neither JavaScript nor the Internet, and there is no password to leave at its default: without a code from the serial
// console or the command line nobody enters.
package httpapi
