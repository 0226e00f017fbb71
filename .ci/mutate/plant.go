package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// function is where faults are: one that is not asked for leaves the function as it is. Offsets are of bytes in its file.
type function struct {
	start, end int // from func to its last brace
	name       int // its name begins here
	body       int // after the opening brace
	called     string
	edits      []edit // give each parameter a name
	call       string // receiver with its point
	args       string
	returns    bool
}

// edit puts text in the place of some bytes.
type edit struct {
	start, end int
	with       string
}

func functionOf(fset *token.FileSet, f *ast.FuncDecl) *function {
	if f.Body == nil || f.Name.Name == "init" || f.Name.Name == "main" {
		return nil
	}
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	in := &function{
		start: at(f.Type.Func), end: at(f.End()), name: at(f.Name.Pos()), body: at(f.Body.Lbrace) + 1, called: f.Name.Name, returns: f.Type.Results != nil,
	}
	named := 0
	names := func(list *ast.FieldList) (all []string) {
		if list == nil {
			return nil
		}
		for _, field := range list.List {
			dots := ""
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				dots = "..."
			}
			if len(field.Names) == 0 {
				name := "given__" + strconv.Itoa(named)
				named++
				in.edits = append(in.edits, edit{at(field.Type.Pos()), at(field.Type.Pos()), name + " "})
				all = append(all, name+dots)
			}
			for _, id := range field.Names {
				name := id.Name
				if name == "_" {
					name = "given__" + strconv.Itoa(named)
					named++
					in.edits = append(in.edits, edit{at(id.Pos()), at(id.End()), name})
				}
				all = append(all, name+dots)
			}
		}
		return all
	}
	if r := names(f.Recv); len(r) > 0 {
		in.call = r[0] + "."
	}
	in.args = strings.Join(names(f.Type.Params), ", ")
	return in
}

// asked is the name of the environment variable that says which planted fault is there; in each package a variable of the name below has its number.
const asked, askedVariable = "MUTATE_FAULT", "fault__"

// askedFile is added to each package that has planted faults.
func askedFile(name string) string {
	return "package " + name + "\n\nimport fault__os \"os\"\n\nvar " + askedVariable + " = fault__os.Getenv(\"" + asked + "\")\n"
}

// planted is a file with many faults of which at most one is there at a time: each is in a copy of its function, which the function calls instead
// of doing its work when the fault is asked for. So all of them are compiled once. Copies have their number as their file's name, for the compiler
// to name those it refuses.
func planted(file []mutant, numbers []int) []byte {
	whole := string(file[0].whole)
	var edits []edit
	var copies strings.Builder
	seen := make(map[*function]*strings.Builder)
	for i, m := range file {
		f, no := m.in, numbers[i]
		copied := fmt.Sprintf("%s__%d", f.called, no)
		call := f.call + copied + "(" + f.args + ")"
		if f.returns {
			call = "return " + call
		} else {
			call += "; return"
		}
		if seen[f] == nil {
			seen[f] = &strings.Builder{}
			edits = append(edits, f.edits...)
		}
		fmt.Fprintf(seen[f], " case %q: %s;", strconv.Itoa(no), call)
		fmt.Fprintf(&copies, "\n//line %s:1\n%s", lineOf(no), whole[f.start:f.name]+copied+whole[f.name+len(f.called):m.start]+m.with+whole[m.end:f.end])
	}
	for f, cases := range seen {
		edits = append(edits, edit{f.body, f.body, " switch " + askedVariable + " {" + cases.String() + " };"})
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for _, e := range edits {
		whole = whole[:e.start] + e.with + whole[e.end:]
	}
	return []byte(whole + copies.String() + "\n")
}

func lineOf(no int) string { return fmt.Sprintf("fault_%d.go", no) }
