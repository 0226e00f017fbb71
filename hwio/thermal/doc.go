// Package thermal reads the temperatures inside the box.
package thermal
