// Package watchdog restarts the box when its software stops answering.
//
// It will own the kernel's watchdog device and a fake for tests; nothing is here yet.
package watchdog
