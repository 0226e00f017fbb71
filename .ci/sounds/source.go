package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"autocom/appliance/prompts/sounds/compose"
)

// A source is one part of a sound: a recording, or a piece of one; spoken text; our own; or a pause.
type source struct {
	kind     string // armelle, allison, espeak, flite, own, pause
	name     string // of the recording, or of our own; the words to speak where they are not the whole text
	from, to int    // ms of a recording; to 0: its end
}

// The recordings' places, as Debian installs them.
const (
	armelle = "/usr/share/asterisk/sounds/fr/"
	allison = "/usr/share/asterisk/sounds/en_US_f_Allison/"
)

// gsmFrame is the first frame of a recording in the GSM codec, in samples: all of Armelle's have a click in it, and begin to speak later.
const gsmFrame = 160

// parseSource reads "armelle vm-goodbye", "armelle vm-intro 0 3300", "espeak", "espeak deux mots", "own beep", "pause 200".
func parseSource(text string) (source, error) {
	kind, rest, _ := strings.Cut(text, " ")
	s := source{kind: kind, name: strings.TrimSpace(rest)}
	switch kind {
	case "armelle", "allison":
		f := strings.Fields(rest)
		if len(f) == 3 {
			var err1, err2 error
			s.from, err1 = strconv.Atoi(f[1])
			s.to, err2 = strconv.Atoi(f[2])
			if err1 != nil || err2 != nil {
				return source{}, fmt.Errorf("%q: a cut is two numbers of ms", text)
			}
		} else if len(f) != 1 {
			return source{}, fmt.Errorf("%q: want a recording, or a recording and a cut", text)
		}
		s.name = f[0]
	case "espeak", "flite", "own", "pause":
	default:
		return source{}, fmt.Errorf("%q: no such source", text)
	}
	return s, nil
}

// load gives a source's samples at 8 kHz.
func (s source) load(text string) ([]int16, error) {
	if s.name != "" && (s.kind == "espeak" || s.kind == "flite") {
		text = s.name
	}
	switch s.kind {
	case "armelle":
		if s.from == 0 && s.to == 0 {
			s.from = gsmFrame / 8
		}
		return s.recording("gsm", armelle+s.name+".gsm")
	case "allison":
		return s.recording("wav", allison+s.name+".wav")
	case "espeak":
		said, err := output("espeak-ng", "-v", "fr-fr+f2", "-s", "145", "-g", "1", "--stdout", "--", text)
		if err != nil {
			return nil, err
		}
		return sox(said, "wav", "-")
	case "flite":
		f, err := os.CreateTemp("", "flite-*.wav")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.Remove(f.Name()) }()
		_ = f.Close() // flite writes it
		if _, err := output("flite", "-voice", "slt", "-t", text, "-o", f.Name()); err != nil {
			return nil, err
		}
		return sox(nil, "wav", f.Name())
	case "own":
		switch s.name {
		case "music":
			return compose.HoldMusic(), nil
		case "chime":
			return compose.Chime(), nil
		case "beep":
			return compose.Beep(), nil
		}
		return nil, fmt.Errorf("we have composed no %q", s.name)
	default: // pause
		ms, err := strconv.Atoi(s.name)
		return make([]int16, 8*ms), err
	}
}

func (s source) recording(form, file string) ([]int16, error) {
	x, err := sox(nil, form, file)
	if err != nil {
		return nil, err
	}
	to := len(x)
	if s.to > 0 {
		to = min(to, 8*s.to)
	}
	return x[min(8*s.from, to):to], nil
}

// sox decodes a file, or what it is given, to 8 kHz, without dither so that it comes out the same each time.
func sox(given []byte, form, file string) ([]int16, error) {
	cmd := exec.Command("sox", "-D", "-t", form, file, "-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-L", "-")
	cmd.Stdin = bytes.NewReader(given)
	raw, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("sox %s: %w", file, err)
	}
	x := make([]int16, len(raw)/2)
	for i := range x {
		x[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return x, nil
}

func output(name string, args ...string) ([]byte, error) {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}
