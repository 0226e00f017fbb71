// Command onboard does what the firmware itself needs on a running box: the first site document, the word that it works, and what follows when it does not.
package main

import (
	"errors"
	"fmt"
	"os"
)

// version is set by the linker.
var version = "development"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "onboard: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("say one of: first, ready, unwell")
	}
	switch args[0] {
	case "first":
		return first()
	case "ready":
		return ready()
	case "unwell":
		return unwell()
	}
	return fmt.Errorf("%q is none of: first, ready, unwell", args[0])
}
