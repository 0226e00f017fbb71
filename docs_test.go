package autocom_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// packageCommentProblem says what is wrong with the package comment of one package: the comments found, by file.
func packageCommentProblem(name string, comments map[string]string) string {
	if len(comments) != 1 {
		return fmt.Sprintf("has %d package comments, want exactly one in one file", len(comments))
	}
	for file, text := range comments {
		first, _, _ := strings.Cut(text, "\n\n")
		first = strings.TrimSpace(first)
		switch {
		case name != "main" && !strings.HasPrefix(first, "Package "+strings.TrimSuffix(name, "_test")+" "):
			return fmt.Sprintf("%s: the package comment begins %q, want \"Package %s …\"", file, firstWords(first), name)
		case len(strings.Fields(first)) < 6 || !regexp.MustCompile(`[.:]($|\s)`).MatchString(first):
			return fmt.Sprintf("%s: %q is not a full sentence", file, first)
		}
	}
	return ""
}

func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(4, len(words))], " ")
}

// TestEveryPackageIsExplained wants one package comment a package, in one file, of at least a sentence.
func TestEveryPackageIsExplained(t *testing.T) {
	for _, p := range allPackages(t) {
		files := p.GoFiles
		if len(files) == 0 { // a package of tests only
			files = slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		}
		comments := map[string]string{}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != "" {
				comments[name] = f.Doc.Text()
			}
		}
		if problem := packageCommentProblem(p.Name, comments); problem != "" {
			t.Errorf("%s %s", p.room(), problem)
		}
	}
}

func TestPackageCommentCheckCatches(t *testing.T) {
	cases := []struct {
		name     string
		comments map[string]string
		ok       bool
	}{
		{"queue", map[string]string{"doc.go": "Package queue keeps callers waiting in a fair order.\n"}, true},
		{"main", map[string]string{"main.go": "Autocom is the one program of the box.\n"}, true},
		{"queue", nil, false},
		{"queue", map[string]string{"doc.go": "Package queue."}, false},
		{"queue", map[string]string{"doc.go": "Copyright 2026 by somebody, all rights are reserved."}, false},
		{"queue", map[string]string{"a.go": "Package queue keeps callers waiting in order.", "b.go": "Package queue keeps callers waiting in order."}, false},
	}
	for _, c := range cases {
		if got := packageCommentProblem(c.name, c.comments) == ""; got != c.ok {
			t.Errorf("%s %v: accepted = %v, want %v", c.name, c.comments, got, c.ok)
		}
	}
}

// identifiers collects every name the Go code of the module uses outside tests. Test files do not count:
// a term that only a test knows is not in the product.
func identifiers(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names[id.Name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// tableRows returns the cells of every Markdown table row that has the wanted number of columns,
// without headings and rulers.
func tableRows(text string, columns int) [][]string {
	var rows [][]string
	header := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			header = true
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case header:
			header = false
		case strings.Trim(line, "|-: ") == "":
		case len(cells) == columns:
			rows = append(rows, cells)
		}
	}
	return rows
}

// TestGlossaryTermsAreInTheCode holds docs/GLOSSARY.md: what it calls "in code" is.
func TestGlossaryTermsAreInTheCode(t *testing.T) {
	rows := tableRows(read(t, "docs/GLOSSARY.md"), 4)
	if len(rows) < 40 {
		t.Fatalf("the glossary has only %d terms", len(rows))
	}
	names := identifiers(t)
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range rows {
		french, state := row[0], row[3]
		ids := quoted.FindAllStringSubmatch(row[2], -1)
		if len(ids) == 0 {
			t.Errorf("%s: no identifier", french)
		}
		for _, id := range ids {
			switch {
			case state != "in code" && state != "later":
				t.Errorf("%s: state is %q, want \"in code\" or \"later\"", french, state)
			case state == "in code" && !names[id[1]]:
				t.Errorf("%s: the glossary says `%s` is in the code, and it is not", french, id[1])
			case state == "later" && names[id[1]]:
				t.Logf("%s: `%s` occurs in the code; if it means this, the glossary should say so", french, id[1])
			}
		}
	}
}

// targets returns the targets of the Makefile and the sentence that explains each.
func targets(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):([^=\n]*)$`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		_, help, _ := strings.Cut(m[2], "## ")
		found[m[1]] = strings.TrimSpace(help)
	}
	return found
}

func TestEveryMakeTargetIsExplained(t *testing.T) {
	all := targets(t)
	for name, help := range all {
		if help == "" {
			t.Errorf("make %s has no ## sentence for make help", name)
		}
	}
	for name := range strings.FieldsSeq("help run build test check race fuzz interop bench lint clean ci-full deps") {
		if _, ok := all[name]; !ok {
			t.Errorf("the Makefile has no target %s", name)
		}
	}
}

// TestDocumentsNameRealTargets looks at every `make x` a reader may type.
func TestDocumentsNameRealTargets(t *testing.T) {
	all := targets(t)
	readme := read(t, "README.md")
	for _, command := range []string{"make run", "make test"} {
		if !strings.Contains(readme, command) {
			t.Errorf("README.md does not say %q", command)
		}
	}
	for _, file := range markdownFiles(t) {
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z0-9-]*)").FindAllStringSubmatch(read(t, file), -1) {
			if _, ok := all[m[1]]; !ok {
				t.Errorf("%s says make %s, which the Makefile does not know", file, m[1])
			}
		}
	}
	if ci := read(t, ".ci/run"); !strings.Contains(ci, "make test") || !strings.Contains(ci, "make interop") {
		t.Error(".ci/run does not run the README's test command and the interoperability tests")
	}
}

func markdownFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || path != "." && strings.HasPrefix(entry.Name(), ".")) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestLinksLead follows every relative link of every page to a file that exists.
func TestLinksLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	for _, file := range markdownFiles(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

// TestDepsAreWrittenDown compares deps.txt with what our programs are made of, so that each new
// dependency shows in a review.
func TestDepsAreWrittenDown(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.Module.Path}} {{.ImportPath}}{{end}}", "./cmd/...")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list -deps: %v: %s", err, failed.Stderr)
		}
		t.Fatalf("go list -deps: %v", err)
	}
	want := strings.Fields(strings.ReplaceAll(string(out), " ", "\x00"))
	slices.Sort(want)
	got := strings.Fields(strings.ReplaceAll(read(t, "deps.txt"), " ", "\x00"))
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("deps.txt lacks %s (make deps)", strings.ReplaceAll(line, "\x00", " "))
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("deps.txt has %s, which no program uses (make deps)", strings.ReplaceAll(line, "\x00", " "))
		}
	}
	if !slices.IsSorted(got) {
		t.Error("deps.txt is not sorted (make deps)")
	}
}

// TestEveryModuleIsLicensed holds docs/decisions/0002-dependencies.md against go.mod.
func TestEveryModuleIsLicensed(t *testing.T) {
	shippable := []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense"}
	testOnly := []string{"MPL-2.0"} // fine to run, and never linked into a program: see the check below
	table := map[string][]string{}
	for _, row := range tableRows(read(t, "docs/decisions/0002-dependencies.md"), 3) {
		table[strings.Trim(row[0], "`")] = row
	}
	deps := read(t, "deps.txt")
	required := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+([a-z0-9.-]+\.[a-z]+/\S+) v\S+`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		name := m[1]
		required[name] = true
		row, ok := table[name]
		if !ok {
			t.Errorf("go.mod requires %s, which 0002-dependencies.md does not explain", name)
			continue
		}
		licence := row[1]
		linked := strings.Contains("\n"+deps, "\n"+name+" ")
		if !slices.Contains(shippable, licence) && (linked || !slices.Contains(testOnly, licence)) {
			t.Errorf("%s is under %s, which we may not ship in firmware", name, licence)
		}
		if linked && strings.Contains(row[2], "never linked") {
			t.Errorf("%s is linked into a program; 0002-dependencies.md says never", name)
		}
		if row[2] == "" {
			t.Errorf("%s: 0002-dependencies.md does not say why", name)
		}
	}
	if len(required) == 0 {
		t.Fatal("no module found in go.mod")
	}
	for name := range table {
		if !required[name] {
			t.Errorf("0002-dependencies.md explains %s, which go.mod does not require", name)
		}
	}
}
