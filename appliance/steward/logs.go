package steward

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Journal reads the system's logs.
type Journal interface {
	// Lines are the last n of these systemd units, oldest first; with a cursor only those after it. It may block until the context ends.
	Lines(ctx context.Context, units []string, n int, after string) ([]LogLine, error)
}

// Limits of the logs.
const (
	MaxLines    = 500
	fewLines    = 50
	maxLogLine  = 2000      // bytes of one line's words that are kept
	maxRawLine  = 256 << 10 // bytes of one line as journalctl writes it; a longer one ends the reading
	maxRawBytes = 8 << 20
	maxCursor   = 300
)

// check fills in what was left open and refuses what the journal must not be asked.
func (q LogQuery) check() ([]string, LogQuery, error) {
	if len(q.Units) == 0 {
		q.Units = Units()
	}
	var services []string
	for _, u := range q.Units {
		if !slices.Contains(Units(), u) {
			return nil, q, ErrLogUnit
		}
		if s := u.service(); !slices.Contains(services, s) {
			services = append(services, s)
		}
	}
	if q.Lines <= 0 {
		q.Lines = fewLines
	}
	q.Lines = min(q.Lines, MaxLines)
	if len(q.After) > maxCursor || strings.Trim(q.After, "0123456789abcdef=;simtx") != "" {
		q.After = "" // not one of ours: begin with the last lines
	}
	return services, q, nil
}

// arguments are what journalctl is called with; no part of them was typed by a person.
func arguments(services []string, n int, after string) []string {
	args := []string{"--output=json", "--output-fields=MESSAGE,PRIORITY,_SYSTEMD_UNIT", "--no-pager", "--quiet", "--lines=" + strconv.Itoa(n)}
	for _, s := range services {
		args = append(args, "--unit="+s)
	}
	if after != "" {
		args = append(args, "--after-cursor="+after)
	}
	return args
}

// parseLogs reads journalctl's lines of JSON (systemd Journal Export, JSON format).
func parseLogs(r io.Reader, n int) ([]LogLine, error) {
	var found []LogLine
	lines := bufio.NewScanner(io.LimitReader(r, maxRawBytes))
	lines.Buffer(nil, maxRawLine)
	for lines.Scan() {
		var raw struct {
			Message  json.RawMessage `json:"MESSAGE"`
			Priority string          `json:"PRIORITY"`
			Unit     string          `json:"_SYSTEMD_UNIT"`
			At       string          `json:"__REALTIME_TIMESTAMP"`
			Cursor   string          `json:"__CURSOR"`
		}
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			continue // a field of a shape we do not ask for; the other lines still say something
		}
		l := LogLine{Words: message(raw.Message), Cursor: raw.Cursor, Level: 6}
		if us, err := strconv.ParseInt(raw.At, 10, 64); err == nil {
			l.At = time.UnixMicro(us).UTC()
		}
		if p, err := strconv.Atoi(raw.Priority); err == nil && p >= 0 && p <= 7 {
			l.Level = p
		}
		l.Unit = Unit(strings.TrimSuffix(strings.TrimPrefix(raw.Unit, "autocom-"), ".service"))
		if !slices.Contains(Units(), l.Unit) {
			l.Unit = ""
		}
		found = append(found, l)
	}
	if len(found) > n {
		found = found[len(found)-n:]
	}
	if err := lines.Err(); err != nil {
		return found, fmt.Errorf("logs: %w", err)
	}
	return found, nil
}

// message is text, or the bytes of what is no UTF-8, or null for what was too long for journalctl.
func message(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var bytes []uint16
		if json.Unmarshal(raw, &bytes) != nil {
			return ""
		}
		b := make([]byte, 0, len(bytes))
		for _, c := range bytes {
			b = append(b, byte(c))
		}
		text = string(b)
	}
	var b strings.Builder
	for _, r := range text {
		if b.Len() >= maxLogLine {
			break
		}
		if r == '\n' || r == '\t' {
			r = ' '
		}
		if strconv.IsPrint(r) { // a log line must not steer the installer's terminal
			b.WriteRune(r)
		}
	}
	return b.String()
}
