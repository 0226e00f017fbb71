// Package watchdog restarts the box when its software stops answering.
//
// On the shipped image systemd owns the device and feeds it (RuntimeWatchdogSec), and the programs answer to systemd:
// there [State] only reads. A board without systemd opens it here.
package watchdog
