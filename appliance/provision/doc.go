// Package provision configures desk phones when they are plugged in.
//
// It will own the files each phone maker expects and the approval of new phones; nothing is here yet.
package provision
