package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mutant is one fault: some bytes of a file, replaced.
type mutant struct {
	file   string
	line   int
	what   string
	source string // the line, without its indentation

	whole      []byte
	start, end int
	with       string
	in         *function // nil: outside of any
	room       string    // name of the package
}

func (m mutant) text() []byte {
	return []byte(string(m.whole[:m.start]) + m.with + string(m.whole[m.end:]))
}

// key names a fault by what it does to which line, so that it is found again when lines above it come and go.
func (m mutant) key() string { return m.file + " | " + m.source + " | " + m.what }

// mutants finds every place in dir, below root, where a fault can be planted, in the order of the files. Test files and the tests' own packages have none.
func mutants(root, dir, only string) ([]mutant, error) {
	if root == "" {
		root = "."
	}
	var all []mutant
	err := fs.WalkDir(os.DirFS(root), dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasSuffix(d.Name(), "test") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || !strings.Contains(path, only) {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s := seeder{path: path, text: text, fset: fset, lines: strings.Split(string(text), "\n"), room: tree.Name.Name}
		for _, d := range tree.Decls {
			s.in = nil
			if f, ok := d.(*ast.FuncDecl); ok {
				s.in = functionOf(fset, f)
			}
			ast.Inspect(d, s.visit)
		}
		all = append(all, s.found...)
		return nil
	})
	return all, err
}

type seeder struct {
	path  string
	text  []byte
	fset  *token.FileSet
	lines []string
	in    *function
	room  string
	found []mutant
}

func (s *seeder) add(from, to token.Pos, with, what string) {
	start, end := s.fset.Position(from), s.fset.Position(to)
	s.found = append(s.found, mutant{
		file: s.path, line: start.Line, what: what, source: strings.TrimSpace(s.lines[start.Line-1]),
		whole: s.text, start: start.Offset, end: end.Offset, with: with, in: s.in, room: s.room,
	})
}

func (s *seeder) code(n ast.Node) string {
	return string(s.text[s.fset.Position(n.Pos()).Offset:s.fset.Position(n.End()).Offset])
}

// swaps is what an operator is mistaken for.
func swaps(op token.Token) string {
	switch op {
	case token.LSS:
		return "<="
	case token.LEQ:
		return "<"
	case token.GTR:
		return ">="
	case token.GEQ:
		return ">"
	case token.EQL:
		return "!="
	case token.NEQ:
		return "=="
	case token.LAND:
		return "||"
	case token.LOR:
		return "&&"
	case token.ADD:
		return "-"
	case token.SUB:
		return "+"
	default:
		return ""
	}
}

func (s *seeder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok != token.IMPORT && !counted(n) // names that are counted up have numbers nobody reads
	case *ast.Field: // tags and types
		return false
	case *ast.BinaryExpr:
		if op := swaps(n.Op); op != "" {
			s.add(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), op, n.Op.String()+" becomes "+op)
		}
	case *ast.IfStmt:
		s.add(n.Cond.Pos(), n.Cond.End(), "!("+s.code(n.Cond)+")", "condition negated")
	case *ast.BlockStmt:
		s.drops(n.List)
	case *ast.CaseClause:
		s.drops(n.Body)
	case *ast.BranchStmt:
		if n.Label == nil && n.Tok == token.CONTINUE {
			s.add(n.Pos(), n.End(), "break", "continue becomes break")
		}
	case *ast.BasicLit:
		if v, err := strconv.Atoi(n.Value); err == nil && n.Kind == token.INT {
			s.add(n.Pos(), n.End(), strconv.Itoa(v+1), fmt.Sprintf("%d becomes %d", v, v+1))
		}
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			with := strconv.FormatBool(n.Name == "false")
			s.add(n.Pos(), n.End(), with, n.Name+" becomes "+with)
		}
	case *ast.FuncDecl:
		if n.Body != nil && len(n.Body.List) > 0 && (n.Type.Results == nil || len(n.Type.Results.List) == 0) {
			at := n.Body.List[0].Pos()
			s.add(at, at, "if true { return }; ", "returns at once")
		}
	}
	return true
}

// counted reports whether constants are counted up: iota, or iota plus a number.
func counted(d *ast.GenDecl) bool {
	if d.Tok != token.CONST {
		return false
	}
	for _, spec := range d.Specs {
		for _, v := range spec.(*ast.ValueSpec).Values {
			if sum, ok := v.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
				v = sum.X
			}
			if id, ok := v.(*ast.Ident); ok && id.Name == "iota" {
				return true
			}
		}
	}
	return false
}

// drops leaves one statement out.
func (s *seeder) drops(list []ast.Stmt) {
	for _, st := range list {
		switch st := st.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt:
		case *ast.AssignStmt:
			if st.Tok == token.DEFINE {
				continue
			}
		default:
			continue
		}
		s.add(st.Pos(), st.End(), "", "left out")
	}
}

// readEquivalents reads the faults that change nothing anybody could notice: "file | line of source | fault | why", one a line.
func readEquivalents(path string) (map[string]bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	keys := make(map[string]bool)
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.LastIndex(line, " | ")
		if at < 0 || strings.Count(line, " | ") < 3 || strings.TrimSpace(line[at+3:]) == "" {
			return nil, fmt.Errorf("%s: %q is not \"file | line of source | fault | why\"", path, line)
		}
		keys[line[:at]] = true
	}
	return keys, in.Err()
}
