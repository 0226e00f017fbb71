// Package vt draws on an installer's terminal and reads its keys: a VT100 of 80 columns and 24 lines at the end of a serial line.
//
// A Frame is a whole screen as it should be; a Painter brings the terminal to show it, row by row, as fast as the line takes bytes, and never
// holds anybody up. Typed is the line being typed; bytes that no keyboard sends make it worthless. There is no colour and nothing wide: one letter
// a cell, or plain ASCII.
package vt
