// Command autocom-image builds the flashable firmware, looks into one, and starts one in a virtual machine.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "autocom-image: "+err.Error())
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "autocom-image", Short: "The box's firmware: build it, look into it, start it in a virtual machine",
		SilenceUsage: true, SilenceErrors: true, Version: version,
	}
	root.AddCommand(buildCommand(), inspectCommand(), qemuCommand())
	return root
}
