// Package directory knows the people one may call by name: extensions, contacts and imported address
// books.
//
// It will own the search by name and by number and the imports; nothing is here yet.
package directory
