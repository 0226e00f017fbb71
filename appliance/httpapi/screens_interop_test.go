//go:build interop

package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const chromium = "/usr/bin/chromium"

// TestScreens has a real browser paint the pages: on a telephone and on a desk, light and dark. With SCREENS=dir the pictures stay there.
func TestScreens(t *testing.T) {
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("this test paints the page with Chromium, which is not at %s: apt-get install chromium", chromium)
	}
	dir := os.Getenv("SCREENS")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, s := range scenes() {
		for _, size := range []struct {
			width, height int
			l             language
			dark          bool
		}{{1280, 1400, french, false}, {1280, 1400, english, true}, {500, 2700, french, false}} {
			name := fmt.Sprintf("%s.%s.%d", s.name, size.l, size.width)
			t.Run(name, func(t *testing.T) {
				picture := filepath.Join(dir, name+".png")
				paint(t, s.show(t, size.l).text, picture, size.width, size.height, size.dark)
			})
		}
	}
}

// paint opens one page in the browser; the page is served again as it was, with its style sheet, for the browser holds no session.
func paint(t *testing.T, text, picture string, width, height int, dark bool) {
	t.Helper()
	style, err := files.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	icon, err := files.ReadFile("icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	styled := make(chan struct{}, 8)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, text)
		case strings.HasPrefix(r.URL.Path, "/style-"):
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Write(style)
			select {
			case styled <- struct{}{}:
			default:
			}
		case r.URL.Path == "/icon.svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			w.Write(icon)
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	if u, err := url.Parse(web.URL); err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("the page is at %s: %v", web.URL, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + t.TempDir(),
		fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot=" + picture,
	}
	if dark {
		args = append(args, "--blink-settings=preferredColorScheme=0")
	}
	out, err := exec.CommandContext(ctx, chromium, append(args, web.URL+"/")...).CombinedOutput()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	select {
	case <-styled:
	default:
		t.Error("the browser did not ask for the style sheet")
	}
	raw, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("what the browser wrote is no PNG: %v", err)
	}
	if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
		t.Errorf("the picture is %d by %d, want %d by %d", b.Dx(), b.Dy(), width, height)
	}
	colours := map[[3]uint32]bool{}
	for y := 0; y < height; y += 7 {
		for x := 0; x < width; x += 7 {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}] = true
		}
	}
	if len(colours) < 8 {
		t.Errorf("the picture has %d colours: the page is empty or has no style", len(colours))
	}
}
