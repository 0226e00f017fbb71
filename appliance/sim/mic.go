package sim

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

// window is how much of what a party heard last is looked at.
const window = 1600 // samples: 200 ms

// A mic is the sound of one call at a peer: it says the party's own tone, and keeps what it hears.
type mic struct {
	p     *peer
	at    netip.AddrPort // where it listens
	conn  net.PacketConn // nil: the peer has no sound
	pitch float64        // Hz

	wg   sync.WaitGroup
	mu   sync.Mutex
	to   netip.AddrPort
	law  uint8
	send bool // the box wants to hear us
	on   bool // speaking
	stop chan struct{}
	seen []heard // packets of the last window

	pressed []byte // keys the box sent as events (RFC 4733)
	keyAt   uint32 // timestamp of the last of them
}

type heard struct {
	at  time.Time
	pcm []int16
}

// newMic gives a call its own port. The peer's lock is held.
func (p *peer) newMic() *mic {
	p.opened = (p.opened + 2) % 20000
	m := &mic{p: p, at: netip.AddrPortFrom(p.at.Addr(), uint16(40000+p.opened)), pitch: p.pitch, stop: make(chan struct{})}
	if p.sound {
		m.conn = p.net.Listen(m.at.String())
		m.wg.Go(m.listen)
	}
	return m
}

// aim takes what the box said of its sound.
func (m *mic) aim(to netip.AddrPort, payload uint8, direction string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.to, m.law = to, payload
	m.send = direction == "sendrecv" || direction == "recvonly"
}

func (m *mic) listen() {
	b := make([]byte, 2048)
	for {
		n, _, err := m.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if n < 12 || b[0]>>6 != 2 {
			continue
		}
		law := g711.ALaw
		switch b[1] & 0x7f {
		case 101:
			m.event(binary.BigEndian.Uint32(b[4:]), b[12:n])
			continue
		case 8:
		case 0:
			law = g711.ULaw
		default:
			continue
		}
		pcm := make([]int16, n-12)
		law.Decode(pcm, b[12:n])
		m.mu.Lock()
		m.seen = append(m.seen, heard{time.Now(), pcm})
		if len(m.seen) > window/160 {
			m.seen = m.seen[1:]
		}
		m.mu.Unlock()
	}
}

// event takes a telephone-event: its end is told three times, with the timestamp of its beginning.
func (m *mic) event(ts uint32, payload []byte) {
	const end, signs = 0x80, "0123456789*#ABCD"
	if len(payload) < 4 || payload[1]&end == 0 || int(payload[0]) >= len(signs) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pressed) == 0 || ts != m.keyAt {
		m.pressed, m.keyAt = append(m.pressed, signs[payload[0]]), ts
	}
}

// keys are those the box sent since the call began.
func (m *mic) keys() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.pressed)
}

// speak begins to send the party's tone, 20 ms by 20 ms.
func (m *mic) speak() {
	if m.conn == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.on {
		return
	}
	m.on = true
	m.wg.Go(m.run)
}

func (m *mic) run() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	voice := tone.NewGenerator(tone.Sine(m.pitch, -13))
	pcm := make([]int16, 160)
	b := make([]byte, 172)
	b[0] = 0x80
	binary.BigEndian.PutUint32(b[8:], uint32(m.at.Port()))
	for n := uint32(0); ; n++ {
		select {
		case <-m.stop:
			return
		case <-tick.C:
		}
		m.mu.Lock()
		to, law, send := m.to, m.law, m.send
		m.mu.Unlock()
		voice.Next(pcm)
		if !send || !to.IsValid() {
			continue
		}
		b[1] = law
		binary.BigEndian.PutUint16(b[2:], uint16(n))
		binary.BigEndian.PutUint32(b[4:], n*160)
		if law == 0 {
			g711.ULaw.Encode(b[12:], pcm)
		} else {
			g711.ALaw.Encode(b[12:], pcm)
		}
		_, _ = m.conn.WriteTo(b, net.UDPAddrFromAddrPort(to)) // lost like any packet
	}
}

// quiet stops speaking.
func (m *mic) quiet() {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.stop:
	default:
		close(m.stop)
	}
}

func (m *mic) close() {
	m.quiet()
	if m.conn != nil {
		_ = m.conn.Close()
	}
	m.wg.Wait()
}

// hears reports which of the given tones are in what was heard last.
func (m *mic) hears(pitches []float64) []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var pcm []int16
	for _, h := range m.seen {
		if time.Since(h.at) <= 250*time.Millisecond {
			pcm = append(pcm, h.pcm...)
		}
	}
	var found []float64
	if len(pcm) < window/2 {
		return nil
	}
	for _, hz := range pitches {
		if tone.Level(pcm, hz) > -30 {
			found = append(found, hz)
		}
	}
	return found
}
