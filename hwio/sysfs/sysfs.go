// Package sysfs reads the one-line files in which the kernel shows what it knows of the box's parts.
package sysfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxWord bounds what is read of one file, in bytes: the kernel's own files hold at most a page.
const MaxWord = 4 << 10

// ErrTooLong is in the error for a file that is longer than MaxWord.
var ErrTooLong = errors.New("longer than a page")

// Word reads a file's one line, without the spaces, line ends and NUL bytes (device tree) around it.
func Word(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, MaxWord+1))
	if err != nil {
		return "", err
	}
	if len(text) > MaxWord {
		return "", fmt.Errorf("%s: %w", path, ErrTooLong)
	}
	return strings.Trim(string(text), " \t\r\n\x00"), nil
}

// Number reads a file that holds one whole number in decimal.
func Number(path string) (int64, error) {
	w, err := Word(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no number", path, clip(w))
	}
	return n, nil
}

// Printable is a word that a machine's maker wrote, safe to show on a terminal: at most limit runes, control characters dropped.
func Printable(w string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range w {
		if n == limit {
			break
		}
		if !strconv.IsPrint(r) {
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

func clip(w string) string { return Printable(w, 40) }
