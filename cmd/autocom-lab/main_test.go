package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/rtpflow"
)

func lab(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestWrongCommandLinesAreUsageErrors(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // no demo of somebody else
	for _, args := range [][]string{
		{"call", "extra"},
		{"call", "--nonsense"},
		{"call", "--box", "here"},
		{"call", "--box", "127.0.0.1:5060"},
		{"phone", "--box", "127.0.0.1:5060"},
		{"phone", "--box", "127.0.0.1:5060", "--extension", "201", "--secret", "x", "--refuse", "200"},
		{"load", "--calls", "0"},
		{"load", "--calls", "2000"},
		{"check", "--box", "127.0.0.1:5060"},
		{"demo", "--every", "0s"},
		{"carrier", "--box", "127.0.0.1:5060", "--address", "nowhere"},
	} {
		_, err := lab(t, args...)
		if _, ok := errors.AsType[usageError](err); !ok {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{"call"}, {"check"}, {"phone"}, {"carrier"}} {
		if _, err := lab(t, args...); !errors.Is(err, errNoBox) {
			t.Errorf("%v without a demo: %v", args, err)
		}
	}
}

func TestEveryCommandHasAnExampleAndCompletion(t *testing.T) {
	for _, c := range rootCommand().Commands() {
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example or no short text", c.Name())
		}
	}
	if out, err := lab(t, "completion", "bash"); err != nil || !strings.Contains(out, "autocom-lab") {
		t.Error(err)
	}
}

func TestSoundsInWords(t *testing.T) {
	for want, s := range map[string]rtpflow.Sound{
		"silence": {DBm0: -80}, "ringing tone": {DBm0: -10, Hz: 441}, "outside": {DBm0: -16, Hz: 520},
		"agent 203": {DBm0: -16, Hz: 750}, "sound": {DBm0: -20, Hz: 1000},
	} {
		if got, words := describe(s); got != want || words == "" {
			t.Errorf("%+v is %q, want %q", s, got, want)
		}
	}
}

func TestAgainstAnAim(t *testing.T) {
	if against(0.9, 1) != "met" || against(1, 1) != "met" || !strings.Contains(against(1.5, 1), "missed") || !strings.Contains(against(1.5, 1), "50 %") {
		t.Error(against(0.9, 1), against(1, 1), against(1.5, 1))
	}
	if got := all("met", true, "calls failed"); got != "met" {
		t.Error(got)
	}
	for verdict, want := range map[string]string{"met": "**missed**: calls failed", against(1.5, 1): against(1.5, 1)} {
		if got := all(verdict, false, "calls failed"); got != want {
			t.Errorf("%q, and calls failed: %q, want %q", verdict, got, want)
		}
	}
	if !strings.Contains(machine(), "cores") || loadAverage() == "" {
		t.Error(machine(), loadAverage())
	}
}
