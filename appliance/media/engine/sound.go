package engine

import (
	"autocom/appliance/exchange/plan"
	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

// A Sound is G.711 at 8 kHz, one byte a sample, without a header. Its bytes are only read; they must stay mapped until another
// LoadSound of the same name has returned.
type Sound struct {
	Law  g711.Law
	Data []byte
}

// player is one place in a sound.
type player struct {
	sound *Sound
	name  plan.Sound
	at    int
	again bool // at the end, from the beginning
	token uint64
}

// read gives the next n bytes in law to; ok is false at the end of a sound that does not loop. What is left of a last
// frame is silence.
func (p *player) read(dst []byte, to g711.Law) (ok bool) {
	if p.sound == nil || len(p.sound.Data) == 0 {
		return false
	}
	if p.at >= len(p.sound.Data) && !p.again {
		return false
	}
	for len(dst) > 0 {
		if p.at >= len(p.sound.Data) {
			if !p.again {
				to.Fill(dst)
				break
			}
			p.at = 0
		}
		n := g711.Transcode(dst, to, p.sound.Data[p.at:], p.sound.Law)
		p.at, dst = p.at+n, dst[n:]
	}
	return true
}

// loadTones renders the tones that every box has. A tone is a sound like any other: one period of its cadence.
func (e *Engine) loadTones() {
	for name, t := range map[plan.Sound]tone.Tone{
		plan.ToneRingback:   e.cfg.Tones.Tone(tone.Ringback),
		plan.ToneBusy:       e.cfg.Tones.Tone(tone.Busy),
		plan.ToneCongestion: e.cfg.Tones.Tone(tone.Congestion),
		plan.ToneRecord:     once(1000, 400),
		plan.ToneJoin:       once(1400, 200),
	} {
		n := 0
		for _, s := range t.Segments {
			n += s.Samples
		}
		pcm, data := make([]int16, n), make([]byte, n)
		tone.NewGenerator(t).Next(pcm)
		g711.ALaw.Encode(data, pcm)
		e.sounds[name] = &Sound{Law: g711.ALaw, Data: data}
	}
}

// once is a short signal at a level (dBm0) that disturbs nobody, in Hz and ms.
func once(hz float64, ms int) tone.Tone {
	const level = -15
	return tone.Tone{Segments: []tone.Segment{{Hz: []float64{hz}, DBm0: level, Samples: ms * tone.Rate / 1000}}, Times: 1}
}

// LoadSound gives a name to a sound, or a new sound to a name. Legs that play the old one go on in the new one.
func (e *Engine) LoadSound(name plan.Sound, s *Sound) {
	e.sounds[name] = s
	for _, l := range e.byID {
		for _, p := range []*player{&l.loop, &l.prompt} {
			if p.name == name {
				p.sound = s
				if n := len(s.Data); n > 0 && p.at > n && p.again {
					p.at %= n
				}
			}
		}
		e.settle(l.call)
	}
}

// Play starts a sound over whatever the plan lets the leg hear: mixed with the legs it hears, in the place of the
// plan's sound. A prompt that is playing is replaced. PromptDone comes with the token when it is over.
func (e *Engine) Play(id plan.LegID, name plan.Sound, token uint64, again bool) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	s := e.sounds[name]
	if s == nil {
		return ErrUnknownSound
	}
	e.endPrompt(l, false)
	l.prompt = player{sound: s, name: name, again: again, token: token}
	e.settle(l.call)
	return nil
}

// StopPlay ends what Play started; without one it does nothing.
func (e *Engine) StopPlay(id plan.LegID) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	e.stopPlay(l)
	return nil
}

func (e *Engine) stopPlay(l *leg) {
	if l.prompt.sound == nil {
		return
	}
	e.endPrompt(l, false)
	e.settle(l.call)
}

// endPrompt forgets the prompt and says so; the caller settles the call.
func (e *Engine) endPrompt(l *leg, finished bool) {
	if l.prompt.sound == nil {
		return
	}
	token := l.prompt.token
	l.prompt = player{}
	e.sink.Event(Event{Kind: PromptDone, Leg: l.id, Token: token, Finished: finished})
}
