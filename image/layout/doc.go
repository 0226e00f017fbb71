// Package layout draws the partitions of the box's disk: where the boot loader, the two firmwares and the branch's own data lie.
package layout
