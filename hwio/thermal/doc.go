// Package thermal reads the temperatures inside the box.
//
// It will own the sensors and a fake for tests; nothing is here yet.
package thermal
