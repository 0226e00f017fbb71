package speech

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/appliance/speech/wyoming"
	"autocom/dsp/level"

	"github.com/google/go-cmp/cmp"
)

// A fake speech server that really speaks the protocol, over a real socket.
type fake struct {
	text    string // the transcript
	info    any
	rate    int // of its voice
	silent  bool
	garbage string                                 // sent in the place of an answer
	hangUp  bool                                   // after the question
	hears   func(samples []int16, rate int) string // makes the transcript

	mu       sync.Mutex
	language string
	asked    string
	heard    []int16
	form     wyoming.Format
	sessions int
}

func (f *fake) serve(t *testing.T, network, at string) wyoming.Address {
	t.Helper()
	l, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				if err := f.session(c); err != nil && !errors.Is(err, io.EOF) {
					f.mu.Lock()
					defer f.mu.Unlock()
					f.sessions++ // the client left in the middle
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return wyoming.Address{Network: network, At: l.Addr().String()}
}

func (f *fake) session(c net.Conn) error {
	r := wyoming.NewReader(c, 1<<24)
	for {
		e, err := r.Read()
		if err != nil {
			return err
		}
		f.mu.Lock()
		switch e.Type {
		case wyoming.Transcribe:
			f.language = e.String("language")
		case wyoming.AudioStart:
			f.form = e.Format()
		case wyoming.AudioChunk:
			for i := 0; i+1 < len(e.Payload); i += 2 {
				f.heard = append(f.heard, int16(binary.LittleEndian.Uint16(e.Payload[i:])))
			}
		}
		f.mu.Unlock()
		switch e.Type {
		case wyoming.AudioStop, wyoming.Describe, wyoming.Synthesize:
			if f.hangUp {
				return nil
			}
			if f.garbage != "" {
				_, err := io.WriteString(c, f.garbage)
				return err
			}
			if f.silent {
				continue
			}
		}
		switch e.Type {
		case wyoming.Describe:
			err = wyoming.Write(c, wyoming.Info, f.info, nil)
		case wyoming.AudioStop:
			if f.hears != nil {
				f.mu.Lock()
				f.text = f.hears(f.heard, f.form.Rate)
				f.heard = nil
				f.mu.Unlock()
			}
			half := len(f.text) / 2
			err = errors.Join(
				wyoming.Write(c, "transcript-start", nil, nil),
				wyoming.Write(c, wyoming.TranscriptChunk, map[string]string{"text": f.text[:half]}, nil),
				wyoming.Write(c, wyoming.TranscriptChunk, map[string]string{"text": f.text[half:]}, nil),
				wyoming.Write(c, wyoming.Transcript, map[string]string{"text": f.text, "language": "fr"}, nil))
		case wyoming.Synthesize:
			f.mu.Lock()
			f.asked = e.String("text")
			f.mu.Unlock()
			err = f.speak(c)
		}
		if err != nil {
			return err
		}
	}
}

// speak says one second of 440 Hz at −10 dBm0, in chunks of 1,000 samples.
func (f *fake) speak(c net.Conn) error {
	form := wyoming.Format{Rate: f.rate, Width: 2, Channels: 1}
	if err := wyoming.Write(c, wyoming.AudioStart, form, nil); err != nil {
		return err
	}
	var raw []byte
	for i := range f.rate {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(level.Peak(-10)*math.Sin(2*math.Pi*440*float64(i)/float64(f.rate)))))
		if len(raw) == 2000 || i == f.rate-1 {
			if err := wyoming.Write(c, wyoming.AudioChunk, form, raw); err != nil {
				return err
			}
			raw = raw[:0]
		}
	}
	return wyoming.Write(c, wyoming.AudioStop, nil, nil)
}

func server(t *testing.T, f *fake, rate, places int) *Server {
	t.Helper()
	s, err := NewServer(f.serve(t, "tcp", "127.0.0.1:0"), rate, places)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is a caller's whole answer, faster than real time: 0.2 s of quiet, 1 s of voice, 1 s of quiet.
func answer(ctx context.Context) <-chan []int16 {
	audio := make(chan []int16)
	go func() {
		for i := 0; ; i++ {
			if i > 110 {
				<-ctx.Done()
				return
			}
			select {
			case audio <- frame(i >= 10 && i < 60):
			case <-ctx.Done():
				return
			}
		}
	}()
	return audio
}

func TestAnAnswerGoesThroughTheServer(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		for _, rate := range []int{8000, 16000} {
			f := &fake{text: "La comptabilité."}
			at := "127.0.0.1:0"
			if network == "unix" {
				at = filepath.Join(t.TempDir(), "s")
			}
			s, err := NewServer(f.serve(t, network, at), rate, 1)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			heard := ""
			var got News
			for n := range Listen(ctx, s, Question{Grammar: menu(), Audio: answer(ctx)}) {
				if n.Kind == Heard {
					heard = n.Text
				}
				got = n
			}
			cancel()
			if got.Kind != Recognised || got.Intent != "accounts" || !strings.HasPrefix(f.text, heard) || heard == "" {
				t.Fatalf("%s: got %+v after %q", network, got, heard)
			}
			f.mu.Lock()
			if f.language != "fr" || f.form != (wyoming.Format{Rate: rate, Width: 2, Channels: 1}) {
				t.Errorf("the server was asked for %q, %+v", f.language, f.form)
			}
			// The answer with a little before it and the quiet that ended it: 1.9 s, at the server's rate.
			if n := len(f.heard); n < rate*18/10 || n > rate*2 {
				t.Errorf("the server heard %d samples at %d Hz", n, rate)
			}
			if loud := level.Of(f.heard[rate/2 : rate]); loud < -20 || loud > -10 {
				t.Errorf("the server heard %.1f dBm0", loud)
			}
			f.mu.Unlock()
		}
	}
}

func TestATextIsSpokenByTheServer(t *testing.T) {
	for _, rate := range []int{8000, 16000, 22050, 48000} {
		f := &fake{rate: rate}
		got, err := Say(t.Context(), server(t, f, 16000, 1), "Bonjour\x1b [[x]] <b>vous</b> ", "fr-FR", 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 8000 || math.Abs(level.Of(got[1000:7000])+10) > 0.2 {
			t.Errorf("%d Hz: %d samples at %.2f dBm0", rate, len(got), level.Of(got[1000:7000]))
		}
		f.mu.Lock()
		if f.asked != "Bonjour x b vous /b" {
			t.Errorf("the server was asked to say %q", f.asked)
		}
		f.mu.Unlock()
	}
}

func TestAServerDescribesItself(t *testing.T) {
	model := func(installed bool, languages ...string) map[string]any {
		return map[string]any{"name": "m", "languages": languages, "installed": installed, "attribution": map[string]string{"name": "n"}}
	}
	f := &fake{info: map[string]any{
		"asr": []any{map[string]any{"models": []any{model(true, "fr", "en"), model(false, "de")}}},
		"tts": []any{map[string]any{"voices": []any{model(true, "fr_FR"), model(true, "en-GB"), model(true, "?")}}},
	}}
	got, err := server(t, f, 16000, 1).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Services{Hears: []string{"en", "fr"}, Speaks: []string{"en", "fr"}}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := server(t, &fake{info: map[string]any{"asr": "none"}}, 16000, 1).Describe(t.Context()); err != nil || got.Hears != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAServerThatMisbehavesIsUnavailable(t *testing.T) {
	for name, f := range map[string]*fake{
		"it hangs up":              {hangUp: true},
		"it sends no event":        {garbage: "HTTP/1.1 400 Bad Request\r\n"},
		"it sends too much":        {garbage: `{"type":"transcript","payload_length":99999999}` + "\n"},
		"it says it is in error":   {garbage: `{"type":"error","data":{"text":"out of memory"}}` + "\n"},
		"it says nothing":          {silent: true},
		"it speaks at 7 Hz":        {garbage: `{"type":"audio-start","data":{"rate":7,"width":2,"channels":1}}` + "\n"},
		"it speaks in 99 channels": {garbage: `{"type":"audio-start","data":{"rate":8000,"width":2,"channels":99}}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, f, 16000, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			got, _ := final(t, Listen(ctx, s, Question{Grammar: menu(), Audio: answer(ctx), Limits: Limits{Answer: 300 * time.Millisecond}}))
			if _, typed := errors.AsType[*Unavailable](got.Why); got.Kind != NoRecogniser || !typed {
				t.Errorf("listening: got %+v", got)
			}
			_, err := Say(t.Context(), s, "bonjour", "fr", 300*time.Millisecond)
			if _, typed := errors.AsType[*Unavailable](err); !typed {
				t.Errorf("speaking: got %v", err)
			}
			if len(s.places) != 0 {
				t.Error("a place is not given back")
			}
		})
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	s, err := NewServer(wyoming.Address{Network: "unix", At: filepath.Join(t.TempDir(), "nobody")}, 16000, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := final(t, Listen(t.Context(), s, Question{Grammar: menu()}))
	if got.Kind != NoRecogniser {
		t.Errorf("got %+v", got)
	}
	if _, err := s.Describe(t.Context()); err == nil {
		t.Error("nobody describes itself")
	}
}

func TestAServerServesOnlyAsManyAsItHasPlaces(t *testing.T) {
	f := &fake{silent: true, text: "oui"}
	s := server(t, f, 16000, 2)
	var open []Hearing
	for range 2 {
		h, err := s.Start(t.Context(), menu())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, h)
	}
	if _, err := s.Start(t.Context(), menu()); !errors.Is(err, ErrFull) {
		t.Fatalf("a third caller: %v", err)
	}
	if _, err := Say(t.Context(), s, "bonjour", "fr", time.Second); !errors.Is(err, ErrFull) {
		t.Fatalf("a text: %v", err)
	}
	for _, h := range open {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	h, err := s.Start(t.Context(), menu())
	if err != nil {
		t.Fatalf("after they left: %v", err)
	}
	_ = h.Close()
}

func TestAServerThatReadsNothingDoesNotBlockTheCaller(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it never accepts: the kernel takes some, then nothing
	s, err := NewServer(wyoming.Address{Network: "tcp", At: l.Addr().String()}, 48000, 1)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Start(t.Context(), menu())
	if err != nil {
		t.Fatal(err)
	}
	for range 100_000 {
		if err = h.Write(make([]int16, 480)); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrSlow) {
		t.Fatalf("got %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestATextThatCannotBeSpokenIsRefused(t *testing.T) {
	for _, text := range []string{"", " \t\n", "...", "\xff", strings.Repeat("a", MaxText+1)} {
		if _, err := Say(t.Context(), &Server{}, text, "fr", time.Second); !errors.Is(err, ErrText) {
			t.Errorf("%.10q: got %v", text, err)
		}
	}
	if _, err := Say(t.Context(), nil, "bonjour", "fr", time.Second); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a synthesiser: %v", err)
	}
}
