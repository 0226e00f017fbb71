// Package disk watches the disk of the box: room left, wear and errors.
package disk
