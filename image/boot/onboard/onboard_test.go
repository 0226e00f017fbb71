package main

import (
	"strings"
	"testing"
)

func TestMachineSaysWhereItIs(t *testing.T) {
	factory := []byte("version: 1\nsite: {name: Autocom}\n")
	got, err := placed(factory, "advertised=127.0.0.1 rtp=16384-16447\n")
	want := "version: 1\nsite: {name: Autocom}\nnetwork:\n  advertised: \"127.0.0.1\"\n  rtp: {first: 16384, last: 16447}\n  max_calls: 16\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := placed(factory, ""); err != nil || string(got) != string(factory) {
		t.Errorf("a real box: %q, %v", got, err)
	}
}

func TestMachineThatSaysNonsenseIsNotWrittenDown(t *testing.T) {
	for _, place := range []string{"advertised=nowhere", "rtp=2-1", "rtp=1", "advertised=1.2.3.4\" x: y", "else=1"} {
		if got, err := placed([]byte("version: 1\n"), place); err == nil {
			t.Errorf("%q gave %q", place, got)
		}
	}
	if _, err := placed([]byte("version: 1\nnetwork: {}\n"), "advertised=127.0.0.1"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two networks in one document: %v", err)
	}
}
