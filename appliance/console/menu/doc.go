// Package menu is the installer's screen on the serial line: 80 columns, 24 lines, numbers and Enter.
package menu
