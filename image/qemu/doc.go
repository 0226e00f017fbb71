// Package qemu starts a firmware in a virtual machine, speaks with it on its serial lines and cuts its power, to prove that it boots and survives.
package qemu
