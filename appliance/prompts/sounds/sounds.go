// Package sounds holds the recordings every box has before anybody brings their own: prompts, the words numbers are made of, music and signals.
//
// They are A-law at 8 kHz, speech at an active level of −20 dBm0. LICENCES.md says of each file what it says and whose it is; `make sounds` writes
// all of them again.
package sounds

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/wav"
)

//go:embed fr en own LICENCES.md
var files embed.FS

// Names are all sounds, sorted: "fr/prompt/goodbye", "en/atom/20", "own/music".
func Names() []string {
	var all []string
	// What is embedded can be read.
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if short, ok := strings.CutSuffix(name, ".wav"); ok && !d.IsDir() {
			all = append(all, short)
		}
		return err
	})
	slices.Sort(all)
	return all
}

// ALaw gives a sound's samples, G.711 A-law at 8 kHz. They are the caller's.
func ALaw(name string) ([]byte, error) {
	text, err := files.ReadFile(path.Clean(name) + ".wav")
	if err != nil {
		return nil, fmt.Errorf("no sound %q ships", name)
	}
	format, samples, err := wav.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("sound %s: %w", name, err)
	}
	if format.Encoding != wav.ALaw || format.Channels != 1 {
		return nil, fmt.Errorf("sound %s: %v, %d channels: A-law and one are wanted", name, format.Encoding, format.Channels)
	}
	return slices.Clone(samples), nil
}

// Plan is the name by which the exchange and the media process know a sound: "prompt:fr/goodbye", "atom:en/20"; our own are the box's defaults.
func Plan(name string) plan.Sound {
	switch name {
	case "own/music":
		return plan.MusicDefault
	case "own/welcome":
		return plan.PromptWelcome
	}
	language, rest, _ := strings.Cut(name, "/")
	kind, piece, found := strings.Cut(rest, "/")
	if !found { // own/beep
		return plan.Sound("prompt:" + rest)
	}
	return plan.Sound(kind + ":" + language + "/" + piece)
}

// Licences is the page that says whose each sound is; whoever passes the sounds on passes it on.
func Licences() string {
	text, err := files.ReadFile("LICENCES.md")
	if err != nil {
		return "" // it is embedded
	}
	return string(text)
}
