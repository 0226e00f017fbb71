package board

func isArm(f Facts) bool { return f.Arch == "arm64" }

// arm is any 64-bit ARM machine that has no line of its own.
func arm(f Facts) Board {
	name := said("ARM machine (arm64)", f.Model)
	if f.Model == "" {
		name = said("ARM machine (arm64)", f.Vendor, f.Product)
	}
	return Board{ID: "arm64", Name: name, Console: "/dev/ttyAMA0", Watchdog: "/dev/watchdog", Lamps: lamps(f)}
}
