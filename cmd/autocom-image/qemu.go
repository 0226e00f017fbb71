package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"autocom/image/qemu"

	"github.com/spf13/cobra"
)

// readyTime is how long a machine may take to its READY: emulated, on a loaded machine.
const readyTime = 10 * time.Minute

// readyWords is what the firmware says on its second serial line when the core answers.
const readyWords = `autocom: READY (\S+) slot ([AB])`

func qemuCommand() *cobra.Command {
	var o qemu.Options
	var ports, out string
	var fresh bool
	c := &cobra.Command{
		Use: "qemu", Short: "Start the built firmware in a virtual machine until Ctrl-C", Args: cobra.NoArgs,
		Long: "qemu starts the firmware under software emulation on a copy of its disk, which is kept from one start to the next.\n" +
			"The first serial line is the installer's, on a socket (socat -,raw,echo=0 UNIX-CONNECT:DIR/console.sock); it takes one visitor at a time.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			rtp, err := portRange(ports)
			if err != nil {
				return err
			}
			o.RTP, o.KeepOn, o.Log = rtp, true, cmd.ErrOrStderr()
			o.Disk = filepath.Join(out, "autocom-amd64.img")
			if o.Dir == "" {
				o.Dir = filepath.Join(out, "qemu")
			}
			if o.Dir, err = filepath.Abs(o.Dir); err != nil {
				return err
			}
			if fresh {
				if err := os.RemoveAll(o.Dir); err != nil {
					return err
				}
			}
			return startAndShow(cmd, o)
		},
	}
	c.Flags().StringVar(&out, "out", "build/image", "where the built image is")
	c.Flags().StringVar(&o.Dir, "dir", "", "where the machine's disk and sockets are (default OUT/qemu)")
	c.Flags().StringVar(&o.SIP, "sip", "127.0.0.1:5060", "where the box's SIP is reached, UDP and TCP")
	c.Flags().StringVar(&ports, "rtp", "16384-16447", "UDP ports of sound, forwarded one to one")
	c.Flags().StringVar(&o.Advertised, "advertised", "127.0.0.1", "the address the box tells its phones, on its first start")
	c.Flags().IntVar(&o.Memory, "memory", 1024, "MiB")
	c.Flags().BoolVar(&fresh, "fresh", false, "forget the machine's disk: a new box")
	return c
}

// startAndShow runs a machine until it stops or the command's context ends, which cuts its power: the box must bear that. The installer's line is left to whoever connects to it.
func startAndShow(cmd *cobra.Command, o qemu.Options) error {
	o.LeaveConsole = true
	m, err := qemu.Start(cmd.Context(), o)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "console   %s\nSIP       %s\nadvertised %s\n", filepath.Join(o.Dir, "console.sock"), o.SIP, o.Advertised)
	go func() {
		if found, err := m.Log().WaitFor(regexp.MustCompile(readyWords), readyTime); err == nil {
			fmt.Fprintf(out, "ready     firmware %s in slot %s\n", found[1], found[2])
		}
	}()
	select {
	case <-m.Ended():
	case <-cmd.Context().Done():
	}
	if err := m.Wait(); err != nil && cmd.Context().Err() == nil {
		return err
	}
	return nil
}

// portRange reads "first-last".
func portRange(text string) ([2]int, error) {
	if text == "" {
		return [2]int{}, nil
	}
	low, high, _ := strings.Cut(text, "-")
	first, err1 := strconv.Atoi(low)
	last, err2 := strconv.Atoi(high)
	if err := errors.Join(err1, err2); err != nil || first > last {
		return [2]int{}, fmt.Errorf("--rtp %s: two port numbers with a - between them", text)
	}
	return [2]int{first, last}, nil
}
