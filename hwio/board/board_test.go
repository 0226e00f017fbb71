package board

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"autocom/hwio/led"
)

// TestBoards unpacks each tree of testdata and compares what is recognised with what the tree's comment says.
func TestBoards(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[ID]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			for _, f := range ar.Files {
				path := filepath.Join(root, f.Name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want := map[string]string{}
			for line := range strings.Lines(string(ar.Comment)) {
				if key, value, ok := strings.Cut(line, ":"); ok {
					want[key] = strings.TrimSpace(value)
				}
			}
			b := Recognise(Look(root, want["arch"]))
			seen[b.ID] = true
			lamp := ""
			if len(b.Lamps) > 0 {
				lamp = b.Lamps[0].Lamp
				for _, m := range []led.Meaning{led.Ready, led.Alarm, led.Update, led.Power} {
					if led.Decide(b.Lamps, m)[lamp] == led.Off {
						t.Errorf("the lamp is dark for %s", m)
					}
				}
			}
			for key, got := range map[string]string{"id": string(b.ID), "name": b.Name, "serial": b.Serial, "console": b.Console, "lamp": lamp} {
				if got != want[key] {
					t.Errorf("%s = %q, want %q", key, got, want[key])
				}
			}
		})
	}
	if len(seen) != len(boards())+1 {
		t.Errorf("%d boards have a tree, of %d: write testdata/ID.txtar", len(seen), len(boards())+1)
	}
}

func TestSerialNumber(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Facts
		want string
	}{
		{"the maker's", Facts{Serial: "fw4-2026.0007"}, "FW4-2026.0007"},
		{"default string", Facts{Serial: "Default string", MACs: []string{"00:1b:21:00:00:01"}}, "AC-001B21000001"},
		{"zeros", Facts{Serial: "0000000000", MACs: []string{"00:1b:21:00:00:01"}}, "AC-001B21000001"},
		{"counting", Facts{Serial: "123456789", MACs: []string{"00:1b:21:00:00:01"}}, "AC-001B21000001"},
		{"escape sequences", Facts{Serial: "X\x1b[2JABC", MACs: []string{"00:1b:21:00:00:01"}}, "AC-001B21000001"},
		{"made-up address", Facts{MACs: []string{"02:42:ac:11:00:02"}, Machine: "0123456789abcdef0123456789abcdef"}, "AC-2CIWRGDTPQML"},
		{"rubbish address", Facts{MACs: []string{"zz:zz", "00:00:00:00:00:00", ""}}, ""},
		{"uninitialized machine", Facts{Machine: "uninitialized"}, ""},
		{"nothing", Facts{}, ""},
	} {
		if got := SerialNumber(c.f); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever this machine is, looking at it must not fail.
func TestDetectThisMachine(t *testing.T) {
	if b := Detect("/"); b.ID == "" || b.Name == "" {
		t.Errorf("%+v", b)
	}
}

func FuzzSerialNumber(f *testing.F) {
	f.Add("To be filled by O.E.M.", "52:54:00:12:34:56", "")
	f.Add("", "", "0123456789abcdef0123456789abcdef")
	f.Fuzz(func(t *testing.T, serial, mac, machine string) {
		s := SerialNumber(Facts{Serial: serial, MACs: []string{mac}, Machine: machine})
		if len(s) > 32 || strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./") != "" {
			t.Errorf("%q", s)
		}
	})
}
