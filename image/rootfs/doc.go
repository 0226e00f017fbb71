// Package rootfs assembles the files of the firmware: a minimal Debian, our programs and their units, the same bytes each time.
package rootfs
