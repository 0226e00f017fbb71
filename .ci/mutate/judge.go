package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// batch is many faults compiled into one set of test programs.
type batch struct {
	faults  []mutant
	refused map[int]bool // do not compile
	stages  [][]*program // in the order they are asked
}

// program is the compiled tests of one package, and which of them are asked.
type program struct {
	path, dir, binary string
	run               string // only these tests; empty: all
	whole             bool   // not in short mode
	deps              map[string]bool
	limit             time.Duration
}

// build plants all faults that are within functions and compiles the tests once. Those outside of functions have to be compiled one at a time.
func (r *runner) build(ctx context.Context, faults []mutant) (*batch, error) {
	b := &batch{faults: faults, refused: make(map[int]bool)}
	overlay, err := r.plant(ctx, b)
	if err != nil {
		return nil, err
	}
	for _, st := range r.stages {
		packages := st.packages
		if packages == "" {
			packages = "./" + r.dir + "/..."
		}
		out, err := r.tool(ctx, "list", "-test", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{join .Deps \" \"}}", packages)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		var programs []*program
		for line := range strings.Lines(out) {
			part := strings.Split(strings.TrimSpace(line), "\t")
			path, ok := strings.CutSuffix(part[0], ".test")
			if !ok || len(part) != 3 {
				continue
			}
			p := &program{path: path, dir: part[1], run: st.run, whole: st.whole, deps: make(map[string]bool)}
			p.binary = filepath.Join(r.tmp, strings.ReplaceAll(path, "/", "_")+".test")
			for d := range strings.FieldsSeq(part[2]) {
				p.deps[d] = true
			}
			if err := r.compile(ctx, b, p, overlay); err != nil {
				return nil, err
			}
			programs = append(programs, p)
		}
		b.stages = append(b.stages, programs)
	}
	return b, nil
}

// compile makes a program, unless a stage before has, and finds out how long it may take.
func (r *runner) compile(ctx context.Context, b *batch, p *program, overlay string) error {
	for _, programs := range b.stages {
		for _, o := range programs {
			if o.path == p.path && o.run == p.run && o.whole == p.whole {
				p.limit = o.limit
				return nil
			}
		}
	}
	if out, err := r.tool(ctx, "test", "-c", "-vet=off", "-overlay", overlay, "-o", p.binary, p.path); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	start := time.Now()
	p.limit = time.Hour
	if v, out := r.ask(ctx, p, ""); v != survived {
		return fmt.Errorf("the tests of %s fail without a fault:\n%s", p.path, out)
	}
	// Ten times what it takes without a fault is what it may take with one: a machine that is busy with something else for a while makes no fault
	// count as noticed.
	p.limit = max(r.least, 10*time.Since(start))
	_, _ = fmt.Fprintf(r.out, "without a fault %s %s takes %.1f s\n", p.path, p.run, time.Since(start).Seconds())
	return nil
}

var refusal = regexp.MustCompile(`(?:fault_|__)(\d+)\b`)

// plant writes the overlay with all faults of a batch that compile.
func (r *runner) plant(ctx context.Context, b *batch) (string, error) {
	for range 20 {
		replace := make(map[string]string)
		byFile := make(map[string][]int)
		for no, m := range b.faults {
			if m.in != nil && !b.refused[no] {
				byFile[m.file] = append(byFile[m.file], no)
			}
		}
		written := 0
		write := func(path string, text []byte) error {
			path, err := filepath.Abs(filepath.Join(r.root, path))
			if err != nil {
				return err
			}
			name := filepath.Join(r.tmp, fmt.Sprintf("%d.go", written))
			written++
			replace[path] = name
			return os.WriteFile(name, text, 0o600)
		}
		for _, file := range slices.Sorted(maps.Keys(byFile)) {
			var of []mutant
			for _, no := range byFile[file] {
				of = append(of, b.faults[no])
			}
			asking := filepath.Join(filepath.Dir(file), "fault__.go")
			if err := errors.Join(write(file, planted(of, byFile[file])), write(asking, []byte(askedFile(of[0].room)))); err != nil {
				return "", err
			}
		}
		overlay := filepath.Join(r.tmp, "overlay.json")
		text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
		if err := errors.Join(err, os.WriteFile(overlay, text, 0o600)); err != nil {
			return "", err
		}
		out, err := r.tool(ctx, "build", "-gcflags=-e", "-overlay", overlay, "./"+r.dir+"/...")
		if err == nil {
			return overlay, nil
		}
		before := len(b.refused)
		for _, found := range refusal.FindAllStringSubmatch(out, -1) {
			if no, err := strconv.Atoi(found[1]); err == nil {
				b.refused[no] = true
			}
		}
		if len(b.refused) == before {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
	}
	return "", errors.New("the faults do not compile together")
}

// judge puts a fault before one stage after the other until one notices it, and says which did.
func (r *runner) judge(ctx context.Context, b *batch, worker, no int) (verdict, int) {
	m := b.faults[no]
	if b.refused[no] {
		return invalid, 0
	}
	ask := func(p *program) verdict {
		v, _ := r.ask(ctx, p, strconv.Itoa(no))
		return v
	}
	if m.in == nil {
		overlay, err := r.alone(worker, m)
		if err != nil {
			return unclear, 0
		}
		if _, err := r.tool(ctx, "build", "-overlay", overlay, "./"+filepath.Dir(m.file)); err != nil {
			return invalid, 0
		}
		ask = func(p *program) verdict {
			alone := *p
			alone.binary = filepath.Join(r.tmp, fmt.Sprintf("%d.test", worker))
			if _, err := r.tool(ctx, "test", "-c", "-vet=off", "-overlay", overlay, "-o", alone.binary, p.path); err != nil {
				return invalid
			}
			v, _ := r.ask(ctx, &alone, "")
			return v
		}
	}
	room := filepath.Join(r.base(), filepath.Dir(m.file))
	for i, st := range r.stages {
		for _, p := range b.stages[i] {
			own := p.dir == room
			if st.packages == "" && !own || !own && !p.needs(filepath.ToSlash(filepath.Dir(m.file))) || own && i > 0 && !p.whole {
				continue
			}
			if v := ask(p); v != survived {
				return v, i
			}
		}
	}
	return survived, 0
}

// needs says whether a program contains the package in a directory of the module.
func (p *program) needs(dir string) bool {
	for d := range p.deps {
		if strings.HasSuffix(d, "/"+dir) {
			return true
		}
	}
	return false
}

// alone writes the overlay of a fault that is compiled by itself.
func (r *runner) alone(worker int, m mutant) (string, error) {
	file := filepath.Join(r.tmp, fmt.Sprintf("alone%d.go", worker))
	overlay := filepath.Join(r.tmp, fmt.Sprintf("alone%d.json", worker))
	path := filepath.Join(r.base(), m.file)
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	return overlay, errors.Join(err, os.WriteFile(file, m.text(), 0o600), os.WriteFile(overlay, text, 0o600))
}

// base is the absolute path of root.
func (r *runner) base() string {
	abs, err := filepath.Abs(r.root)
	if err != nil {
		return r.root
	}
	return abs
}

// ask runs a test program with a fault, or with none.
func (r *runner) ask(ctx context.Context, p *program, fault string) (verdict, string) {
	args := []string{"-test.failfast", "-test.timeout", p.limit.String()}
	if !p.whole {
		args = append(args, "-test.short")
	}
	if p.run != "" {
		args = append(args, "-test.run", p.run)
	}
	out, err := r.command(ctx, p.dir, fault, p.binary, args...)
	return verdictOf(out, err), out
}

// verdictOf reads what a test program said.
func verdictOf(out string, err error) verdict {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived
	case strings.Contains(out, "panic: test timed out after"):
		return hung
	case errors.As(err, &exit) && exit.Exited():
		return noticed
	default:
		return unclear
	}
}

func (r *runner) tool(ctx context.Context, args ...string) (string, error) {
	return r.command(ctx, r.root, "", "go", args...)
}

func (r *runner) command(ctx context.Context, dir, fault, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", asked+"="+fault)
	// What it starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}
