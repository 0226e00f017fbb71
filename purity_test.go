package autocom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The bans that keep the exchange and the tally pure: same inputs, same facts, on every machine and in
// every replay (docs/decisions/0001-pure-exchange.md). Types are checked, not only text, so that a
// floating point value is seen even when no source line spells it.

// pureImports is the whole standard library as far as the pure rooms are concerned.
func pureImports() []string {
	return []string{
		"bytes", "cmp", "crypto/sha256", "embed", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt",
		"hash/fnv", "iter", "maps", "math/bits", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
	}
}

// pureTestImports is what the tests of pure rooms may use besides: golden files, generators and oracles.
func pureTestImports() []string {
	return []string{
		"flag", "io", "io/fs", "math", "math/rand", "math/rand/v2", "os", "path/filepath", "reflect", "regexp",
		"runtime", "runtime/debug", "sync", "sync/atomic", "testing", "testing/quick", "go/ast", "go/parser", "go/token",
		"github.com/google/go-cmp/cmp", "github.com/google/go-cmp/cmp/cmpopts", "github.com/nyaruka/phonenumbers",
		"github.com/rogpeppe/go-internal/txtar", "pgregory.net/rapid",
	}
}

// clockNames are the doors of package time that read the machine's clock, zone or zone files.
func clockNames() []string {
	return []string{
		"After", "AfterFunc", "LoadLocation", "Local", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until",
	}
}

func isPure(room string) bool {
	return matches("appliance/exchange/...", room) || matches("appliance/tally/...", room)
}

// purityProblems names every banned construct in the files of one package.
func purityProblems(fset *token.FileSet, pkg string, files []*ast.File, imp types.Importer) []string {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	var problems []string
	report := func(pos token.Pos, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s: %s", fset.Position(pos), fmt.Sprintf(format, args...)))
	}
	config := types.Config{Importer: imp, Error: func(err error) {
		problems = append(problems, fmt.Sprintf("does not type-check: %v", err))
	}}
	_, _ = config.Check(pkg, fset, files, info) // errors arrive through config.Error

	packageVar := func(e ast.Expr) (*ast.Ident, bool) {
		for {
			switch x := e.(type) {
			case *ast.ParenExpr:
				e = x.X
			case *ast.IndexExpr:
				e = x.X
			case *ast.SliceExpr:
				e = x.X
			case *ast.SelectorExpr:
				if isPackageVar(info.Uses[x.Sel]) {
					return x.Sel, true // a variable of another package
				}
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.Ident:
				return x, isPackageVar(info.Uses[x])
			default:
				return nil, false
			}
		}
	}
	changed := func(e ast.Expr) {
		if id, ok := packageVar(e); ok {
			report(id.Pos(), "changes the package variable %s", id.Name)
		}
	}

	for _, f := range files {
		for _, spec := range f.Imports {
			if name := strings.Trim(spec.Path.Value, `"`); !strings.HasPrefix(name, module+"/") && !slices.Contains(pureImports(), name) {
				report(spec.Pos(), "imports %s, which is not on the pure list", name)
			}
		}
		floats := map[int]bool{} // one report a line
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt:
				report(x.Pos(), "starts a goroutine")
			case *ast.FuncDecl:
				if x.Recv == nil && x.Name.Name == "init" {
					report(x.Pos(), "has an init function")
				}
			case *ast.AssignStmt:
				for _, lhs := range x.Lhs {
					changed(lhs)
				}
			case *ast.IncDecStmt:
				changed(x.X)
			case *ast.RangeStmt:
				changed(x.Key)
				changed(x.Value)
			case *ast.UnaryExpr:
				if x.Op == token.AND {
					if id, ok := packageVar(x.X); ok {
						report(id.Pos(), "takes the address of the package variable %s", id.Name)
					}
				}
			case *ast.CallExpr:
				if id, ok := x.Fun.(*ast.Ident); ok && len(x.Args) > 0 {
					if b, ok := info.Uses[id].(*types.Builtin); ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy") {
						changed(x.Args[0])
					}
				}
			case *ast.SelectorExpr:
				if obj := info.Uses[x.Sel]; obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "time" && slices.Contains(clockNames(), obj.Name()) {
					report(x.Pos(), "uses time.%s: now is an argument", obj.Name())
				}
			}
			if e, ok := n.(ast.Expr); ok {
				line := fset.Position(e.Pos()).Line
				if t, ok := info.Types[e]; ok && t.Type != nil && isFloat(t.Type) && !floats[line] {
					floats[line] = true
					report(e.Pos(), "floating point: use integers or fixed point")
				}
			}
			return true
		})
	}
	slices.Sort(problems)
	return problems
}

func isPackageVar(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// exportData finds the compiled form of every package the pure rooms use, so that types are exact.
var exportData = sync.OnceValues(func() (map[string]string, error) {
	args := []string{"list", "-e", "-export", "-deps", "-json=ImportPath,Export", "./appliance/exchange/...", "./appliance/tally/...", "net", "math/rand", "os"}
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -export: %w: %s", err, stderr.String())
	}
	files := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		files[p.ImportPath] = p.Export
	}
	return files, nil
})

func typesImporter(t *testing.T, fset *token.FileSet) types.Importer {
	t.Helper()
	files, err := exportData()
	if err != nil {
		t.Fatal(err)
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no compiled form of %s", path)
		}
		return os.Open(files[path])
	})
}

func TestPureRoomsStayPure(t *testing.T) {
	seen := 0
	for _, p := range allPackages(t) {
		if !isPure(p.room()) {
			continue
		}
		seen++
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		for _, problem := range purityProblems(fset, p.ImportPath, files, typesImporter(t, fset)) {
			t.Errorf("%s: %s", p.room(), problem)
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if _, ours := roomOf(imp); !ours && !slices.Contains(pureImports(), imp) && !slices.Contains(pureTestImports(), imp) {
				t.Errorf("a test of %s imports %s, which is not on the list for tests of pure rooms", p.room(), imp)
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d pure rooms were looked at", seen)
	}
}

// TestPurityCatchesPlantedViolations proves that each ban can fail.
func TestPurityCatchesPlantedViolations(t *testing.T) {
	cases := []struct{ name, src, want string }{
		{"clean", `import "time"; func f(now time.Time) time.Time { return now.Add(time.Second) }`, ""},
		{"network", `import "net"; var _ net.Addr`, "imports net"},
		{"randomness", `import "math/rand"; func f() int { return rand.Int() }`, "imports math/rand"},
		{"disk", `import "os"; func f() { os.Exit(1) }`, "imports os"},
		{"goroutine", `func f() { go f() }`, "starts a goroutine"},
		{"init", `func init() {}`, "has an init function"},
		{"float type", `type level float64`, "floating point"},
		{"float literal", `const half = 0.5`, "floating point"},
		{"float nobody spelled", `import "time"; func f(d time.Duration) bool { return d.Seconds() > 3 }`, "floating point"},
		{"clock", `import "time"; func f() time.Time { return time.Now() }`, "uses time.Now"},
		{"clock under another name", `import chrono "time"; var f = chrono.Since`, "uses time.Since"},
		{"local zone", `import "time"; func f(t time.Time) time.Time { return t.Local() }`, "uses time.Local"},
		{"zone files", `import "time"; func f() { _, _ = time.LoadLocation("Europe/Paris") }`, "uses time.LoadLocation"},
		{"timer", `import "time"; func f() { time.AfterFunc(1, f) }`, "uses time.AfterFunc"},
		{"variable assigned", `var n int; func f() { n = 1 }`, "changes the package variable n"},
		{"variable counted", `var n int; func f() { n++ }`, "changes the package variable n"},
		{"map written", `var m = map[int]int{}; func f() { m[1] = 2 }`, "changes the package variable m"},
		{"map emptied", `var m = map[int]int{}; func f() { delete(m, 1) }`, "changes the package variable m"},
		{"field written", `var s struct{ n int }; func f() { s.n = 2 }`, "changes the package variable s"},
		{"variable of another room", `import "encoding/binary"; func f() { binary.MaxVarintLen16 = 1 }`, "does not type-check"},
		{"address taken", `var n int; func f() *int { return &n }`, "takes the address of the package variable n"},
		{"shadow is no variable", `var n int; func f() int { n := 1; n = 2; return n }`, ""},
		{"variable read", `var m = map[int]int{1: 2}; func f() int { return m[1] }`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "planted.go", "package planted\n"+c.src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			problems := strings.Join(purityProblems(fset, "planted", []*ast.File{f}, typesImporter(t, fset)), "\n")
			if c.want == "" && problems != "" {
				t.Errorf("refused clean code: %s", problems)
			}
			if !strings.Contains(problems, c.want) {
				t.Errorf("problems = %q, want one that says %q", problems, c.want)
			}
		})
	}
}

// TestQuietRooms holds the rooms on the packet path: samples in, samples out, no file, socket or log.
func TestQuietRooms(t *testing.T) {
	loud := []string{"log", "log/slog", "net", "os", "os/exec"}
	for _, p := range allPackages(t) {
		if !matches("dsp/...", p.room()) && p.room() != "appliance/media/engine" || p.room() == "dsp/internal/against" { // of benchmarks alone
			continue
		}
		for _, imp := range p.Imports {
			if slices.Contains(loud, imp) {
				t.Errorf("%s imports %s", p.room(), imp)
			}
		}
	}
}

// TestRoomSizes logs the sizes that ARCHITECTURE.md asks for; it is a thermometer, not a gate.
func TestRoomSizes(t *testing.T) {
	type size struct {
		room  string
		lines int
	}
	var sizes []size
	var files []int
	for _, p := range allPackages(t) {
		total := 0
		for _, name := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			n := bytes.Count(src, []byte("\n"))
			total += n
			files = append(files, n)
		}
		if total > 20 { // rooms with a package comment only say nothing about size
			sizes = append(sizes, size{p.room(), total})
		}
	}
	if len(sizes) == 0 {
		t.Log("no room holds code yet")
		return
	}
	slices.SortFunc(sizes, func(a, b size) int { return a.lines - b.lines })
	slices.Sort(files)
	t.Logf("%d rooms with code, median %d lines; largest %s with %d; median file %d lines, largest %d",
		len(sizes), sizes[len(sizes)/2].lines, sizes[len(sizes)-1].room, sizes[len(sizes)-1].lines, files[len(files)/2], files[len(files)-1])
}
