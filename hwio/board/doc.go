// Package board tells which machine the box is, and which lamps, sensors and ports it has.
package board
