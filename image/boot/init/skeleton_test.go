package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFirstVarIsWholeAndOnlyMadeOnce(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "data", "var")
	if err := os.MkdirAll(filepath.Join(from, "lib", "private"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(from, "lib", "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "lib", "f"), []byte("x"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/run", filepath.Join(from, "run")); err != nil {
		t.Fatal(err)
	}
	// What a power cut left of an earlier try.
	if err := os.MkdirAll(to+".part/lib", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := skeleton(from, to); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(to, "lib", "private")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("private: %v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(to, "lib", "f")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("f: %v, %v", info, err)
	}
	if at, err := os.Readlink(filepath.Join(to, "run")); at != "/run" {
		t.Errorf("run leads to %q, %v", at, err)
	}
	if err := os.Remove(filepath.Join(to, "lib", "f")); err != nil {
		t.Fatal(err)
	}
	if err := skeleton(from, to); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(to, "lib", "f")); err == nil {
		t.Error("what the box removed came back")
	}
}
