package steward

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAuditIsTurnedOverAtItsBound(t *testing.T) {
	dir := t.TempDir()
	a, err := openAudit(dir)
	if err != nil {
		t.Fatal(err)
	}
	a.size = 2000
	for range 100 {
		if err := a.write(Entry{At: time.Now(), Verb: VerbReboot, Outcome: Asked, Words: strings.Repeat("x", 2*maxWords)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{AuditFile, AuditFile + ".1"} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Size() == 0 || st.Size() > a.size+maxWords {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
	if err := a.write(Entry{}); err == nil {
		t.Error("a closed audit takes lines")
	}
}

func TestATornLineSwallowsNoOther(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, AuditFile), []byte(`{"at":"20`), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := openAudit(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.write(Entry{Verb: VerbReboot, Outcome: Asked}); err != nil {
		t.Fatal(err)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, AuditFile))
	if lines := strings.Split(string(text), "\n"); err != nil || len(lines) != 3 || !strings.HasPrefix(lines[1], `{"at"`) {
		t.Errorf("%q, %v", text, err)
	}
}

// What was looked at is no line; what was refused is one a minute.
func TestReadingsDoNotFillTheAudit(t *testing.T) {
	dir := t.TempDir()
	a, err := openAudit(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i := range 1000 {
		for _, v := range []Verb{VerbNetwork, VerbLogs, VerbFirmware} {
			if err := a.write(Entry{At: now.Add(time.Duration(i) * 10 * time.Second), UID: 1, Verb: v, Outcome: Carried}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, e := range []Entry{
		{At: now, UID: 1, Verb: VerbNetwork, Outcome: Broken},
		{At: now.Add(time.Second), UID: 1, Verb: VerbNetwork, Outcome: Broken},
		{At: now.Add(time.Second), UID: 2, Verb: VerbNetwork, Outcome: Refused},
		{At: now.Add(time.Second), UID: 1, Verb: VerbLogs, Outcome: Refused},
		{At: now.Add(quietReads), UID: 1, Verb: VerbNetwork, Outcome: Broken},
		{At: now.Add(-time.Hour), UID: 1, Verb: VerbNetwork, Outcome: Broken}, // the clock was set back
		{At: now, UID: 1, Verb: VerbTry, Outcome: Asked},
		{At: now, UID: 1, Verb: VerbTry, Outcome: Carried},
	} {
		if err := a.write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	if n := len(entries(t, dir)); n != 7 {
		t.Errorf("%d lines, want 7", n)
	}
}
