// Package layout draws the partitions of the box's disk.
//
// It will own the partition table and its checks; nothing is here yet.
package layout
