package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts run the program in this process, as an installer would type it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"autocom": main})
}

func TestScripts(t *testing.T) {
	example, err := filepath.Abs("../../site.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mistakes, err := filepath.Abs("../../appliance/site/testdata/twenty-mistakes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	box := &askedBox{}
	boxDir := box.serve(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLE", example)
			e.Setenv("MISTAKES", mistakes)
			e.Setenv("BOX", boxDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code, "asked": box.wasAsked},
	})
}

// code runs a program and wants that exit code: code 3 autocom status.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = exitStatus(err)
	}
	if got != args[0] {
		ts.Fatalf("%v: exit code %s, want %s", args[1:], got, args[0])
	}
}

func exitStatus(err error) string {
	if s := err.Error(); len(s) > len("exit status ") {
		return s[len("exit status "):]
	}
	return err.Error()
}
