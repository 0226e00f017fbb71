package consoleapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// pages is the files of the page, read once: they are part of the program.
type pages struct{ files map[string]page }

type page struct {
	body []byte
	mime string
	etag string
}

func newPages(from fs.FS) (*pages, error) {
	p := &pages{files: map[string]page{}}
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return p.add(from, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the console page: %w", err)
	}
	if _, has := p.files["index.html"]; !has {
		if err := p.add(from, "index.html"); err != nil { // it may be opened, though not listed
			return nil, fmt.Errorf("read the console page: %w", err)
		}
	}
	return p, nil
}

func (p *pages) add(from fs.FS, name string) error {
	body, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // whatever the machine's own tables say
	case ".js", ".mjs":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".html":
		kind = "text/html; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	case ".woff2":
		kind = "font/woff2"
	case "":
		kind = "application/octet-stream"
	}
	p.files[name] = page{body: body, mime: kind, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	return nil
}

// ServeHTTP answers with a file; a path that names none and has no extension is one the page itself knows.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	f, ok := p.files[name]
	if !ok {
		if path.Ext(name) != "" || strings.HasPrefix(name, "assets/") {
			http.NotFound(w, r)
			return
		}
		name = "index.html"
		f = p.files[name]
	}
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("ETag", f.etag)
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
