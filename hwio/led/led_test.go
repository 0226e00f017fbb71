package led

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func tree(t *testing.T, lamps ...string) string {
	t.Helper()
	sys := t.TempDir()
	for _, l := range lamps {
		dir := filepath.Join(sys, "class", "leds", l)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"max_brightness": "255\n", "brightness": "0\n", "trigger": "[none] timer\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return sys
}

func TestShowWritesTriggerAndBrightness(t *testing.T) {
	for _, c := range []struct {
		pattern Pattern
		want    map[string]string
	}{
		{Steady, map[string]string{"trigger": "none", "brightness": "255"}},
		{Off, map[string]string{"trigger": "none", "brightness": "0"}},
		{Slow, map[string]string{"trigger": "timer", "delay_on": "1000", "delay_off": "1000"}},
		{Fast, map[string]string{"trigger": "timer", "delay_on": "100", "delay_off": "100"}},
	} {
		sys := tree(t, "green:status")
		s, err := Open(sys)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Show("green:status", c.pattern); err != nil {
			t.Fatal(err)
		}
		for file, want := range c.want {
			got, err := os.ReadFile(filepath.Join(sys, "class", "leds", "green:status", file))
			if err != nil || string(got) != want {
				t.Errorf("%s: %s = %q, %v, want %q", c.pattern, file, got, err, want)
			}
		}
	}
}

func TestLampsOfTheFrontOnly(t *testing.T) {
	s, err := Open(tree(t, "red:alarm", "green:status", "input3::capslock"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Names(); !slices.Equal(got, []string{"green:status", "red:alarm"}) {
		t.Errorf("names = %v", got)
	}
	for _, lamp := range []string{"input3::capslock", "../../x", ""} {
		if err := s.Show(lamp, Steady); !errors.Is(err, ErrNoLamp) {
			t.Errorf("Show(%q) = %v, want ErrNoLamp", lamp, err)
		}
	}
	bare, err := Open(t.TempDir())
	if err != nil || len(bare.Names()) != 0 {
		t.Errorf("a machine without lamps: %v, %v", bare.Names(), err)
	}
}

func TestTheEarlierRowHasTheLamp(t *testing.T) {
	two := []Row{
		{Update, "status", Fast},
		{Ready, "status", Steady},
		{Power, "status", Slow},
		{Alarm, "alarm", Steady},
		{Call, "call", Steady},
	}
	for _, c := range []struct {
		name  string
		table []Row
		hold  []Meaning
		want  map[string]Pattern
	}{
		{"nothing holds", two, nil, map[string]Pattern{"status": Off, "alarm": Off, "call": Off}},
		{"starting", two, []Meaning{Power}, map[string]Pattern{"status": Slow, "alarm": Off, "call": Off}},
		{"ready beats power", two, []Meaning{Power, Ready}, map[string]Pattern{"status": Steady, "alarm": Off, "call": Off}},
		{"update beats ready", two, []Meaning{Ready, Update, Power}, map[string]Pattern{"status": Fast, "alarm": Off, "call": Off}},
		{"alarm has its own lamp", two, []Meaning{Ready, Alarm, Call}, map[string]Pattern{"status": Steady, "alarm": Steady, "call": Steady}},
		{"one lamp says the worst", OneLamp("led0"), []Meaning{Power, Ready, Alarm}, map[string]Pattern{"led0": Slow}},
		{"one lamp in an update", OneLamp("led0"), Meanings(), map[string]Pattern{"led0": Fast}},
		{"one lamp, well", OneLamp("led0"), []Meaning{Power, Ready, Call}, map[string]Pattern{"led0": Steady}},
		{"no table", nil, Meanings(), map[string]Pattern{}},
	} {
		if got := Decide(c.table, c.hold...); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLightTriesEveryLamp(t *testing.T) {
	f := NewFake("alarm")
	err := Light(f, []Row{{Ready, "absent", Steady}, {Alarm, "alarm", Fast}}, Alarm, Ready)
	if !errors.Is(err, ErrNoLamp) {
		t.Errorf("err = %v, want ErrNoLamp for the lamp the board does not have", err)
	}
	if f.Shown("alarm") != Fast {
		t.Errorf("alarm is %s after another lamp failed", f.Shown("alarm"))
	}
	if got := f.Trail(); !slices.Equal(got, []string{"alarm fast"}) {
		t.Errorf("trail = %v", got)
	}
}
