package speech

import (
	"context"
	"io"

	"autocom/appliance/speech/wyoming"
)

// serverVoice is one text as a Server speaks it.
type serverVoice struct {
	s     *session
	form  wyoming.Format
	to8k  *converter
	ready []int16 // converted, not yet read
	end   bool
}

// Speak asks for a text; its sound begins when the server has announced its form.
func (s *Server) Speak(ctx context.Context, text, lang string) (Voice, error) {
	text, err := speakable(text)
	if err != nil {
		return nil, err
	}
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	v := &serverVoice{s: c}
	if err := v.begin(text, lang); err != nil {
		c.release()
		return nil, err
	}
	return v, nil
}

func (v *serverVoice) begin(text, lang string) error {
	ask := map[string]any{"text": text, "voice": map[string]string{"language": language(lang)}}
	if err := wyoming.Write(v.s, wyoming.Synthesize, ask, nil); err != nil {
		return err
	}
	e, err := v.s.next(wyoming.AudioStart)
	if err != nil {
		return err
	}
	v.form = e.Format()
	if err := checkForm(v.form.Rate, v.form.Width, v.form.Channels); err != nil {
		return err
	}
	v.to8k, err = newConverter(v.form.Rate, sampleRate)
	return err
}

func (v *serverVoice) Read(dst []int16) (int, error) {
	if len(dst) == 0 {
		return 0, io.ErrShortBuffer
	}
	for len(v.ready) == 0 {
		if v.end {
			return 0, io.EOF
		}
		e, err := v.s.next(wyoming.AudioChunk, wyoming.AudioStop)
		if err != nil {
			return 0, err
		}
		if e.Type == wyoming.AudioStop {
			v.ready, v.end = v.to8k.flush(), true
			continue
		}
		v.ready = v.to8k.convert(mono(e.Payload, v.form.Channels, nil))
	}
	n := copy(dst, v.ready)
	v.ready = v.ready[n:]
	return n, nil
}

func (v *serverVoice) Close() error {
	v.s.release()
	return nil
}
