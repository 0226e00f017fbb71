package steward

import "context"

// Machine is the box as systemd runs it. Its methods may block until their context ends.
type Machine interface {
	// Reboot and PowerOff come back once they have begun.
	Reboot(ctx context.Context) error
	PowerOff(ctx context.Context) error
	// Restart comes back when the unit is up again.
	Restart(ctx context.Context, service string) error
}
