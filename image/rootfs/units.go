package rootfs

import (
	"context"
	"fmt"
	"io"
	"os/exec"

	"autocom/image/tool"
)

// exposure is the worst mark, in tenths, that systemd-analyze may give one of our units: 0 is closed, 100 is open.
func exposure() map[string]int {
	return map[string]int{"autocom-core.service": 25, "autocom-media.service": 25, "autocom-console.service": 25, "autocom-steward.service": 45}
}

// CheckUnits asks systemd-analyze, where the machine has it, how closed our units are, and refuses those that opened.
func CheckUnits(ctx context.Context, root string, log io.Writer) error {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		fmt.Fprintln(log, "the units' closeness is not checked: this machine has no systemd-analyze")
		return nil
	}
	for unit, threshold := range exposure() {
		if err := tool.Run(ctx, io.Discard, "systemd-analyze", "security", "--offline=true", "--no-pager", "--root="+root, fmt.Sprintf("--threshold=%d", threshold), unit); err != nil {
			return fmt.Errorf("%s is more open than %d tenths: %w", unit, threshold, err)
		}
	}
	return nil
}
