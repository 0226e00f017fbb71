// Package board tells which machine the box is, and which lamps, sensors and ports it has.
//
// Each machine is one file that ends in a function giving its Board, one line in the table of [boards], and one tree of
// files in testdata, as CONTRIBUTING.md says.
package board
