// Package autocom is the firmware of a branch office's telephone exchange and call centre.
//
// This directory holds no code of its own, only the tests that keep the house in order: layout_test.go
// (who may import whom, and what the pure rooms may not do) and docs_test.go (every room is explained).
// Start reading at docs/ARCHITECTURE.md.
package autocom
