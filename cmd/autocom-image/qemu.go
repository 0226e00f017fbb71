package main

import "github.com/spf13/cobra"

func qemuCommand() *cobra.Command { return &cobra.Command{Use: "qemu"} }
