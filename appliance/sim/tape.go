package sim

import (
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
	"autocom/appliance/recording/sealed"
)

// tape is one recording of a world: what a box would seal into a file.
type tape struct {
	exchange.StartRecording
	Left, Right []byte // A-law: the outside party, and what our side sends to it; empty where the world makes no sound
	SoundMS     int64
	Marks       []sealed.Mark

	tap   *engine.Tap
	since time.Time // of a silent world: when it began or went on, zero while it is paused
}

// segments are the stretches it was not paused in.
func (t *tape) segments() []sealed.Segment { return sealed.Segments(t.Marks, t.SoundMS) }

// drain takes what the engine recorded.
func (t *tape) drain(at func(time.Duration) time.Time) {
	var f [engine.TapFrame]byte
	for {
		if t.tap.Read(f[:]) {
			for i := 0; i < len(f); i += 2 {
				t.Left, t.Right = append(t.Left, f[i]), append(t.Right, f[i+1])
			}
			t.SoundMS = int64(len(t.Left)) / 8
			continue
		}
		m, marked := t.tap.Mark()
		if !marked {
			return
		}
		t.Marks = append(t.Marks, sealed.Mark{At: at(m.At), Paused: m.Paused, Why: m.Why, OffsetMS: t.SoundMS})
	}
}

// record begins a recording in the engine, as the media process does.
func (m *machine) record(e exchange.StartRecording) {
	t := &tape{StartRecording: e, tap: new(engine.Tap)}
	if t.tap.MaskKeys(); e.Paused {
		t.tap.Pause()
	}
	m.mu.Lock()
	err := m.engine.StartRecording(e.Leg, t.tap)
	if err == nil {
		t.Marks = []sealed.Mark{{At: time.Now(), Paused: e.Paused}}
		m.tapes = append(m.tapes, t)
	}
	m.mu.Unlock()
	if err != nil {
		m.tell(exchange.RecordingStopped{Recording: e.Recording, Error: err.Error()})
	}
}

func (m *machine) pauseRecord(e exchange.PauseRecording) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tapes {
		if t.Recording == e.Recording {
			_ = m.engine.PauseRecording(t.Leg, e.Paused, e.Why, m.now()) // the leg may have gone meanwhile
		}
	}
}

func (m *machine) stopRecord(id plan.RecordingID) {
	m.mu.Lock()
	for _, t := range m.tapes {
		if t.Recording == id {
			_ = m.engine.StopRecording(t.Leg) // the leg may have gone meanwhile
		}
	}
	m.mu.Unlock()
	m.report()
}

func (m *machine) mask(e exchange.MaskDigits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.engine.MaskLeg(e.Leg, e.Masked) // the leg may have gone meanwhile
}

// press presses keys for the peer of a leg.
func (m *machine) press(e exchange.SendDigits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range []byte(e.Digits) {
		_ = m.engine.SendDigit(e.Leg, d, pressTime) // the leg may have gone meanwhile
	}
}

// pressTime is how long the box holds a key, as a person does.
const pressTime = 120 * time.Millisecond

// collect empties the taps and gives the recordings that are over; m.mu is held.
func (m *machine) collect() (over []*tape) {
	for _, t := range m.tapes {
		last := t.tap.Ended()
		t.drain(func(at time.Duration) time.Time { return m.start.Add(at) })
		if last {
			over = append(over, t)
		}
	}
	m.tapes = slices.DeleteFunc(m.tapes, func(t *tape) bool { return slices.Contains(over, t) })
	m.finished = append(m.finished, over...)
	return over
}

// recordings are those that are over, in the order in which they ended.
func (m *machine) recordings() []*tape {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.finished)
}

// record begins a recording that has a length and no sound.
func (s *silent) record(e exchange.StartRecording) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tape{StartRecording: e, Marks: []sealed.Mark{{At: time.Now(), Paused: e.Paused}}}
	if !e.Paused {
		t.since = time.Now()
	}
	s.tapes = append(s.tapes, t)
}

func (s *silent) pauseRecord(e exchange.PauseRecording) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tapes {
		if t.Recording != e.Recording || e.Paused == t.since.IsZero() {
			continue
		}
		t.count()
		if !e.Paused {
			t.since = time.Now()
		}
		t.Marks = append(t.Marks, sealed.Mark{At: time.Now(), Paused: e.Paused, Why: e.Why, OffsetMS: t.SoundMS})
	}
}

// count adds the time since it began or went on.
func (t *tape) count() {
	if !t.since.IsZero() {
		t.SoundMS += time.Since(t.since).Milliseconds()
	}
	t.since = time.Time{}
}

func (s *silent) stopRecord(id plan.RecordingID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endTapes(func(t *tape) bool { return t.Recording == id })
}

// endTapes ends some recordings; s.mu is held.
func (s *silent) endTapes(which func(*tape) bool) {
	s.tapes = slices.DeleteFunc(s.tapes, func(t *tape) bool {
		if !which(t) {
			return false
		}
		t.count()
		s.finished = append(s.finished, t)
		go s.tell(exchange.RecordingStopped{Recording: t.Recording, SoundMS: t.SoundMS})
		return true
	})
}

// mask does nothing: nothing is heard here.
func (s *silent) mask(exchange.MaskDigits) {}

// press does nothing either.
func (s *silent) press(exchange.SendDigits) {}

func (s *silent) recordings() []*tape {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.finished)
}
