// Package console carries the administrators' page inside the cloud's program: what `make web` built from the TypeScript beside this file, or,
// where it was not built, a page that says so.
package console

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages is the files of the page: index.html and what it loads. Names under assets/ carry their content's hash and never change; index.html does.
// The page finds its own way by the address's fragment (#/sites/…), so every other path may answer 404.
func Pages() fs.FS {
	if Built() {
		return under("dist/app")
	}
	return placeholder()
}

// Built reports whether the page was built into this program.
func Built() bool {
	_, err := fs.Stat(dist, "dist/app/index.html")
	return err == nil
}

// Policy is the Content-Security-Policy the page lives by: everything from its own origin, no inline script or style, framed by nobody.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// placeholder is the one committed page, which says how to build the others.
func placeholder() fs.FS { return under("dist/placeholder") }

func under(dir string) fs.FS {
	pages, err := fs.Sub(dist, dir)
	if err != nil { // only for a name that is no path
		panic(err)
	}
	return pages
}
