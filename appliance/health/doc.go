// Package health says in words which part of the box is well and which is not, and what its lamps show for it.
package health
