// Package slot chooses which of the two installed firmwares starts, and goes back for good when the new one fails.
//
// The boot loader takes one try from a slot each time it starts it, and the running box gives the tries back once it does its work.
// Power cuts and planned restarts therefore cost a try at most, and three are needed before a firmware is given up.
package slot
