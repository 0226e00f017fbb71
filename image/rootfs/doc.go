// Package rootfs assembles the files of the firmware.
//
// It will own the reproducible file system; nothing is here yet.
package rootfs
