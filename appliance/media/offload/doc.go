// Package offload lets the kernel forward the sound of plain bridged calls, so that a small box
// carries more of them.
//
// It will own the optional eBPF path and its fall-back to the media engine; nothing is here yet, and
// everything works without it.
package offload
