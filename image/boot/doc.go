// Package boot makes the firmware start: the boot loader's files, the kernel's drivers and the first program.
package boot
