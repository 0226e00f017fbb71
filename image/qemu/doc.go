// Package qemu starts a firmware in a virtual machine to prove that it boots.
//
// It will own the machine's command line and its console dialogue; nothing is here yet.
package qemu
