package centraldb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
)

// victim is the variable that makes this test binary a cloud that ingests until it is killed.
const victim = "AUTOCOM_CENTRALDB_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victim); path != "" {
		if err := ingestForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// ingestForEver sends a box's facts, a line on standard output for each mark that was committed.
func ingestForEver(path string) error {
	ctx := context.Background()
	db, err := Open(ctx, path)
	if err != nil {
		return err
	}
	d, err := db.Fleet().Device(ctx, "d")
	if err != nil {
		return err
	}
	for {
		mark, err := db.Fleet().Mark(ctx, d, "j")
		if err != nil {
			return err
		}
		mark, _, err = db.Fleet().Ingest(ctx, d, central.Parcel{Stream: "j", After: mark, Rows: facts("j", 1, mark.N+1, mark.N+250), At: noon})
		if err != nil {
			return err
		}
		fmt.Println(mark.N)
	}
}

// TestKilledAmidIngestKeepsFactsAndMarkTogether kills the program with SIGKILL in the middle of taking facts in, again and again on the same file:
// what it had acknowledged is there, and the mark stands at the last fact, no fact missing or double.
func TestKilledAmidIngestKeepsFactsAndMarkTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cloud.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	newFixture(t, db).enrol(0, "d", "j")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var before uint64
	for round := range 5 {
		acknowledged := killAmid(t, path, round)
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{Fleet: db.Fleet(), T: t, ctx: t.Context()}
		mark, err := f.Mark(f.ctx, central.Device{Site: "s0"}, "j")
		f.must(err)
		var count, first, last uint64
		f.must(db.read.QueryRow(`SELECT COUNT(*), MIN(n), MAX(n) FROM facts`).Scan(&count, &first, &last))
		if first != 1 || last != count || mark != (fact.Address{Stream: "j", Epoch: 1, N: last}) {
			t.Fatalf("round %d: %d facts, %d to %d, mark %s", round, count, first, last, mark)
		}
		if last < acknowledged || last <= before {
			t.Fatalf("round %d: facts end at %d, %d were acknowledged, %d there before", round, last, acknowledged, before)
		}
		before = last
		var sound string
		f.must(db.write.QueryRow(`PRAGMA integrity_check`).Scan(&sound))
		if sound != "ok" {
			t.Fatal(sound)
		}
		f.must(db.Close())
	}
}

// killAmid runs a victim, kills it some moments after its third acknowledgement, and says what the last one was.
func killAmid(t *testing.T, path string, round int) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+path)
	var trouble strings.Builder
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var last uint64
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatal(err)
		}
		if n == 2 { // each round at another place of a transaction
			time.AfterFunc(time.Duration(round)*1700*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the victim ended by itself: %v %s", err, trouble.String())
	}
	return last
}
