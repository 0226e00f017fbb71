package centraldb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileIsOursAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cloud.db")
	for _, address := range []string{path, "sqlite:" + path} { // made, and opened again
		db, err := Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if dir, err := Dir(address); err != nil || dir != filepath.Dir(path) {
			t.Errorf("%s is in %s, %v", address, dir, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesThatCannotBeOpenedAreRefusedInWords(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database\n", 400)), 0o600); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(dir, "later.db")
	db, err := Open(t.Context(), later)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{
		filepath.Join(dir, "nowhere", "cloud.db"): "no such file or directory",
		garbage: "not a database",
		later:   "a later version of this program",
	} {
		db, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("%s was opened", path)
			_ = db.Close()
		} else if !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want words like %q", path, err, words)
		}
	}
}
