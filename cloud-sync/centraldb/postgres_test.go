//go:build interop

package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// postgresServer is a server of our own on a free port of 127.0.0.1, in a directory that goes with it.
type postgresServer struct {
	port      int
	databases atomic.Int32
}

// startPostgres makes and starts a server. It ends with the test.
func startPostgres(t *testing.T) *postgresServer {
	t.Helper()
	bin := postgresPrograms(t)
	dir, err := os.MkdirTemp("", "autocom-postgres") //nolint:usetesting // a server that is not root must get in: what holds t.TempDir is root's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	as := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		uid, gid := unprivileged(t)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	data := filepath.Join(dir, "data")
	run := func(program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		cmd.Env = []string{"HOME=" + dir, "LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
		return cmd
	}
	if out, err := run("initdb", "-D", data, "-U", "autocom", "-A", "trust", "-E", "UTF8", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &postgresServer{port: freePort(t)}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// The shell stops the server when the pipe to it closes: at the end of the test, or of this program, however that ends.
	server := exec.Command("sh", "-c", `"$@" & read end; kill -INT $!; wait $!`, "sh", filepath.Join(bin, "postgres"), "-D", data,
		"-p", strconv.Itoa(s.port), "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
	server.Dir, server.SysProcAttr, server.Env = dir, as, run("").Env
	server.Stdout, server.Stderr = log, log
	pipe, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(pipe.Close(), server.Wait()); err != nil {
			t.Errorf("postgres: %v", err)
		}
	})
	db, err := sql.Open("pgx", s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for db.PingContext(ctx) != nil {
		if ctx.Err() != nil {
			text, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("postgres does not answer:\n%s", text)
		}
		time.Sleep(50 * time.Millisecond) // it tells nobody when it is ready
	}
	return s
}

// postgresPrograms is where initdb and postgres are: on PATH, or where Debian puts them.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Fatal("PostgreSQL is missing: apt-get install postgresql")
	}
	return filepath.Dir(slices.Max(found))
}

func unprivileged(t *testing.T) (uid, gid int) {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			t.Fatal(err)
		}
		return uid, gid
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
	return 0, 0
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *postgresServer) address(database string) string {
	return fmt.Sprintf("postgres://autocom@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// database makes an empty database and opens it.
func (s *postgresServer) database(t *testing.T) *DB {
	t.Helper()
	name := "cloud" + strconv.Itoa(int(s.databases.Add(1)))
	all, err := sql.Open("pgx", s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	if _, err := all.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), s.address(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestFleetOnPostgreSQL(t *testing.T) {
	fleetContract(t, startPostgres(t).database)
}

// TestProgramsThatStartAtOnceMigrateOnce opens an empty database from several sides.
func TestProgramsThatStartAtOnceMigrateOnce(t *testing.T) {
	s := startPostgres(t)
	all, err := sql.Open("pgx", s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	if _, err := all.ExecContext(t.Context(), "CREATE DATABASE together"); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	for range 3 {
		go func() {
			db, err := Open(t.Context(), s.address("together"))
			if err == nil {
				err = db.Close()
			}
			failed <- err
		}()
	}
	for range 3 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// TestPostgreSQLThatIsAwayIsNamedWithoutItsPassword holds what an administrator reads and a log keeps.
func TestPostgreSQLThatIsAwayIsNamedWithoutItsPassword(t *testing.T) {
	_, err := Open(t.Context(), fmt.Sprintf("postgres://autocom:hunter2@127.0.0.1:%d/cloud?sslmode=disable", freePort(t)))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
}
