// Program sounds writes the sounds that ship again, from the recordings of two Debian packages, two speech programs and our own music: cut, trimmed,
// brought to one level, A-law at 8 kHz. It needs sox, espeak-ng, flite, asterisk-prompt-fr-armelle and asterisk-core-sounds-en-wav (.ci/need).
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"autocom/dsp/wav"
)

func main() {
	manifest := flag.String("manifest", ".ci/sounds/manifest.txt", "what is made of what")
	out := flag.String("out", "appliance/prompts/sounds", "where the sounds go")
	flag.Parse()
	if err := run(*manifest, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sounds:", err)
		os.Exit(1)
	}
}

// A piece is one line of the manifest.
type piece struct {
	name string // fr/prompt/goodbye
	from []source
	text string // what it says
}

func run(manifest, out string) error {
	all, err := read(manifest)
	if err != nil {
		return err
	}
	all = append(all, atoms(all)...)
	for _, top := range []string{"fr", "en", "own"} {
		if err := os.RemoveAll(filepath.Join(out, top)); err != nil {
			return err
		}
	}
	total := 0
	for _, p := range all {
		samples, err := make8k(p.from, p.text)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := write(filepath.Join(out, filepath.FromSlash(p.name)+".wav"), samples); err != nil {
			return err
		}
		total += len(samples)
	}
	fmt.Printf("%d sounds, %d s, %d KiB\n", len(all), total/8000, total/1024)
	return os.WriteFile(filepath.Join(out, "LICENCES.md"), []byte(licences(all)), 0o644)
}

// read reads the manifest: name | sources | text. Sources are joined with +; # begins a remark.
func read(file string) ([]piece, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var all []piece
	seen := map[string]bool{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s:%d: want name | sources | text", file, n)
		}
		p := piece{name: strings.TrimSpace(fields[0]), text: strings.TrimSpace(fields[2])}
		if seen[p.name] {
			return nil, fmt.Errorf("%s:%d: %s is there twice", file, n, p.name)
		}
		seen[p.name] = true
		for part := range strings.SplitSeq(fields[1], " + ") {
			s, err := parseSource(strings.TrimSpace(part))
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
			p.from = append(p.from, s)
		}
		all = append(all, p)
	}
	return all, lines.Err()
}

func write(file string, samples []int16) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := wav.NewWriter(f, wav.Format{Encoding: wav.ALaw, Channels: 1})
	if err != nil {
		return err
	}
	return errors.Join(w.WriteSamples(samples), w.Close())
}
