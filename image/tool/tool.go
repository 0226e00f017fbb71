// Package tool runs the building machine's programs so that they leave the same bytes each time.
package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Epoch is the time of every file of the firmware, in seconds since 1970: the first day of 2026. The box takes it for the earliest time it can be.
const Epoch = 1767225600

// Run runs a program with the firmware's time in its environment; its words go to the log.
func Run(ctx context.Context, log io.Writer, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", Epoch), fmt.Sprintf("E2FSPROGS_FAKE_TIME=%d", Epoch), "LC_ALL=C", "TZ=UTC", "MTOOLS_SKIP_CHECK=1")
	c.Stdout, c.Stderr = log, log
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Need says which of the programs the machine lacks, and the Debian packages that hold them. Each is written program=package.
func Need(programs ...string) error {
	var packages, missing []string
	for _, p := range programs {
		name, pkg, _ := strings.Cut(p, "=")
		if _, err := exec.LookPath(name); err != nil {
			missing, packages = append(missing, name), append(packages, pkg)
		}
	}
	if len(missing) > 0 {
		return errors.New("this machine lacks " + strings.Join(missing, ", ") + ": apt-get install " + strings.Join(packages, " "))
	}
	return nil
}
