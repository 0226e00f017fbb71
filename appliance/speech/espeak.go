package speech

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Espeak speaks through the program espeak-ng, where the site has installed it. It is a program of its own under the GPL 3: it is started, never
// linked and not shipped. Its voice is a machine's; recordings are better wherever the text is known.
type Espeak struct {
	program string
	places  chan struct{}
}

// espeakPace is how fast it speaks, in words a minute: its own 175 is hurried on a telephone.
const espeakPace = 150

// NewEspeak is the program at an absolute path, run at most places times at once.
func NewEspeak(program string, places int) (*Espeak, error) {
	if !filepath.IsAbs(program) {
		return nil, fmt.Errorf("%q: espeak-ng is named by its absolute path", program)
	}
	if _, err := exec.LookPath(program); err != nil {
		return nil, &Unavailable{Why: err}
	}
	if places < 1 || places > 100 {
		return nil, fmt.Errorf("%d at once: between 1 and 100", places)
	}
	return &Espeak{program: program, places: make(chan struct{}, places)}, nil
}

// espeakVoice is the program's name of a language: it has three kinds of French and reads en as British.
func espeakVoice(name string) (string, error) {
	short := language(name)
	switch whole := strings.ToLower(name); {
	case short == "":
		return "", fmt.Errorf("language %q: as in fr or en-GB", name)
	case whole == "fr-be", whole == "fr-ch", whole == "en-us":
		return whole, nil
	case short == "fr":
		return "fr-fr", nil
	case short == "en":
		return "en-gb", nil
	default:
		return short, nil
	}
}

type espeakSound struct {
	cmd  *exec.Cmd
	out  io.ReadCloser
	to8k *converter

	raw   []byte
	ready []int16
	end   bool
	wait  func() error
}

// Speak starts the program. The text goes through its standard input, so that nothing in it can be taken for an option.
func (e *Espeak) Speak(ctx context.Context, text, lang string) (Voice, error) {
	text, err := speakable(text)
	if err != nil {
		return nil, err
	}
	voice, err := espeakVoice(lang)
	if err != nil {
		return nil, err
	}
	select {
	case e.places <- struct{}{}:
	default:
		return nil, ErrFull
	}
	s, err := e.start(ctx, text, voice)
	if err != nil {
		<-e.places
		return nil, err
	}
	if err := s.header(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (e *Espeak) start(ctx context.Context, text, voice string) (*espeakSound, error) {
	cmd := exec.CommandContext(ctx, e.program, "-v", voice, "-s", strconv.Itoa(espeakPace), "--stdin", "--stdout")
	cmd.Env = []string{"LC_ALL=C.UTF-8"}
	cmd.Stdin = strings.NewReader(text + "\n")
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &espeakSound{cmd: cmd, out: out, raw: make([]byte, 8192)}
	stop := context.AfterFunc(ctx, func() { _ = out.Close() }) // a child of the program could hold the pipe open
	s.wait = func() error {
		defer func() { <-e.places }()
		stop()
		return cmd.Wait()
	}
	return s, nil
}

// header reads the 44 bytes that begin the program's sound: WAVE, one channel of 16 bits. Their sizes are those of a stream and mean nothing.
func (s *espeakSound) header() error {
	var h [44]byte
	if _, err := io.ReadFull(s.out, h[:]); err != nil {
		return ErrGone
	}
	le := binary.LittleEndian
	if string(h[:4]) != "RIFF" || string(h[8:16]) != "WAVEfmt " || string(h[36:40]) != "data" || le.Uint16(h[20:]) != 1 || le.Uint16(h[22:]) != 1 {
		return errors.New("espeak-ng gives sound of another form than WAVE with one channel")
	}
	rate := int(le.Uint32(h[24:]))
	if err := checkForm(rate, int(le.Uint16(h[34:]))/8, 1); err != nil {
		return err
	}
	var err error
	s.to8k, err = newConverter(rate, sampleRate)
	return err
}

func (s *espeakSound) Read(dst []int16) (int, error) {
	if len(dst) == 0 {
		return 0, io.ErrShortBuffer
	}
	for len(s.ready) == 0 {
		if s.end {
			return 0, io.EOF
		}
		n, err := io.ReadFull(s.out, s.raw)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			s.end = true
		case err != nil:
			return 0, err
		}
		s.ready = s.to8k.convert(mono(s.raw[:n], 1, nil))
		if s.end { // flush writes over what convert gave
			s.ready = append(slices.Clone(s.ready), s.to8k.flush()...)
		}
	}
	n := copy(dst, s.ready)
	s.ready = s.ready[n:]
	return n, nil
}

// Close ends the program, when it still runs, and waits for it.
func (s *espeakSound) Close() error {
	_ = s.cmd.Process.Kill()
	_ = s.wait() // killed or done: Read has said what counts
	return nil
}
