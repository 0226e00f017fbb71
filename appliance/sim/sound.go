package sim

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/engine"
	"autocom/appliance/sim/memnet"
	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

// Tones by which sounds are told apart. A prompt lasts promptTime.
const (
	musicPitch    = 2000 // Hz, the built-in music; those of a site follow in steps
	promptPitch   = 2600 // Hz, the built-in welcome
	ringbackPitch = 440  // Hz, and all tones of the network (ITU-T E.180, France)
	soundStep     = 60
	promptTime    = 3 * time.Second
)

// desk is the sound side of the box: the real engine, or a fake that only knows what it was told.
type desk interface {
	Open(plan.LegID) (plan.Endpoint, error)
	Update(plan.LegID, plan.Media) error
	Close(plan.LegID)

	setPlan(plan.Plan)
	play(exchange.Play)
	stopPlay(exchange.StopPlay)
	record(exchange.StartRecording)
	pauseRecord(exchange.PauseRecording)
	stopRecord(plan.RecordingID)
	recordings() []*tape // those that are over
	mask(exchange.MaskDigits)
	press(exchange.SendDigits)
	ports() int
	keepOnly(alive []plan.LegID)
	close()
}

// machine is the engine with its sockets on the memory network, ticked in fake time.
type machine struct {
	net   *memnet.Network
	host  netip.Addr
	tell  func(exchange.Input)
	lost  func(plan.LegID)
	start time.Time
	wake  chan struct{}
	stop  chan struct{}
	wg    sync.WaitGroup

	mu     sync.Mutex
	engine *engine.Engine
	lines  map[plan.LegID]*line
	slots  map[engine.Slot]*line
	next   uint16
	told   []engine.Event

	tapes, finished []*tape
}

// line is the sockets of one leg, and the packets that came between two ticks.
type line struct {
	slot      engine.Slot
	at        plan.Endpoint
	rtp, rtcp net.PacketConn
	wg        sync.WaitGroup

	mu sync.Mutex
	in []arrival
}

type arrival struct {
	from    netip.AddrPort
	control bool
	packet  []byte
}

func newMachine(n *memnet.Network, host netip.Addr, sounds map[plan.Sound]float64, lostAfter, firstAfter time.Duration, tell func(exchange.Input), lost func(plan.LegID)) *machine {
	m := &machine{
		net: n, host: host, tell: tell, lost: lost, start: time.Now(), wake: make(chan struct{}, 1), stop: make(chan struct{}),
		lines: map[plan.LegID]*line{}, slots: map[engine.Slot]*line{}, next: 16384,
	}
	m.engine = engine.New(engine.Config{Seed: [2]uint64{7, 7}, Lost: lostAfter, Initial: firstAfter}, m)
	for name, hz := range sounds {
		pcm := make([]int16, int(promptTime/time.Second)*tone.Rate)
		tone.NewGenerator(tone.Sine(hz, -13)).Next(pcm)
		data := make([]byte, len(pcm))
		g711.ALaw.Encode(data, pcm)
		m.engine.LoadSound(name, &engine.Sound{Law: g711.ALaw, Data: data})
	}
	m.wg.Go(m.run)
	return m
}

func (m *machine) now() time.Duration { return time.Since(m.start) }

// run ticks while there are legs.
func (m *machine) run() {
	tick := time.NewTicker(engine.Quantum)
	defer tick.Stop()
	for {
		m.mu.Lock()
		idle := len(m.lines) == 0
		m.mu.Unlock()
		if idle {
			tick.Stop()
			select {
			case <-m.stop:
				return
			case <-m.wake:
			}
			tick.Reset(engine.Quantum)
			continue
		}
		select {
		case <-m.stop:
			return
		case <-tick.C:
			m.tick()
		}
	}
}

func (m *machine) tick() {
	m.mu.Lock()
	now := m.now()
	for _, l := range m.lines {
		l.mu.Lock()
		in := l.in
		l.in = nil
		l.mu.Unlock()
		for _, a := range in {
			if a.control {
				m.engine.Control(l.slot, a.from, a.packet, now)
			} else {
				m.engine.Packet(l.slot, a.from, a.packet, now)
			}
		}
	}
	m.engine.Tick(now)
	m.mu.Unlock()
	m.report()
}

// report tells the exchange what happened, outside the lock.
func (m *machine) report() {
	m.mu.Lock()
	told := m.told
	m.told = nil
	over := m.collect()
	m.mu.Unlock()
	for _, t := range over {
		m.tell(exchange.RecordingStopped{Recording: t.Recording, SoundMS: t.SoundMS})
	}
	for _, e := range told {
		switch e.Kind {
		case engine.Digit:
			m.tell(exchange.DigitPressed{Leg: e.Leg, Digit: string(e.Digit), Via: "rfc4733"})
		case engine.PromptDone:
			m.tell(exchange.PromptDone{Leg: e.Leg, Token: e.Token, Finished: e.Finished})
		case engine.MediaLost:
			m.lost(e.Leg)
		case engine.FirstPacket, engine.Stats:
		}
	}
}

// Open gives a leg its port.
func (m *machine) Open(leg plan.LegID) (plan.Endpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.lines[leg]; l != nil {
		return l.at, nil
	}
	port := m.next
	m.next += 2
	l := &line{at: plan.Endpoint{Host: m.host.String(), Port: int(port)}}
	var err error
	if l.rtp, err = m.net.Open(netip.AddrPortFrom(m.host, port).String()); err != nil {
		return plan.Endpoint{}, err
	}
	if l.rtcp, err = m.net.Open(netip.AddrPortFrom(m.host, port+1).String()); err != nil {
		_ = l.rtp.Close()
		return plan.Endpoint{}, err
	}
	if l.slot, err = m.engine.OpenLeg(leg, m.now()); err != nil {
		_, _ = l.rtp.Close(), l.rtcp.Close()
		return plan.Endpoint{}, err
	}
	l.wg.Go(func() { l.listen(l.rtp, false) })
	l.wg.Go(func() { l.listen(l.rtcp, true) })
	m.lines[leg], m.slots[l.slot] = l, l
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return l.at, nil
}

func (l *line) listen(c net.PacketConn, control bool) {
	b := make([]byte, engine.MaxPacket)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		a := arrival{from.(*net.UDPAddr).AddrPort(), control, append([]byte(nil), b[:n]...)}
		l.mu.Lock()
		if len(l.in) < 64 {
			l.in = append(l.in, a)
		}
		l.mu.Unlock()
	}
}

// Update gives the engine what a leg agreed.
func (m *machine) Update(leg plan.LegID, media plan.Media) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.engine.UpdateLeg(leg, media, m.now())
}

// Close takes a leg's port back.
func (m *machine) Close(leg plan.LegID) {
	m.mu.Lock()
	l := m.lines[leg]
	if l == nil {
		m.mu.Unlock()
		return
	}
	_ = m.engine.CloseLeg(leg, m.now()) // it is open: it has a line
	delete(m.lines, leg)
	delete(m.slots, l.slot)
	m.mu.Unlock()
	_, _ = l.rtp.Close(), l.rtcp.Close()
	l.wg.Wait()
	m.report()
}

func (m *machine) setPlan(p plan.Plan) {
	m.mu.Lock()
	_ = m.engine.SetPlan(p) // a plan that came late is refused
	m.mu.Unlock()
	m.report()
}

func (m *machine) play(p exchange.Play) {
	m.mu.Lock()
	err := m.engine.Play(p.Leg, p.Sound, p.Token, false)
	m.mu.Unlock()
	m.report()
	if err != nil {
		go m.tell(exchange.PromptDone{Leg: p.Leg, Token: p.Token, Error: err.Error()})
	}
}

func (m *machine) stopPlay(p exchange.StopPlay) {
	m.mu.Lock()
	_ = m.engine.StopPlay(p.Leg) // the leg may have gone meanwhile
	m.mu.Unlock()
	m.report()
}

func (m *machine) ports() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.lines)
}

func (m *machine) close() {
	close(m.stop)
	m.wg.Wait()
	m.mu.Lock()
	lines := m.lines
	m.lines = map[plan.LegID]*line{}
	m.mu.Unlock()
	for _, l := range lines {
		_, _ = l.rtp.Close(), l.rtcp.Close()
		l.wg.Wait()
	}
}

// SendRTP is the engine's way out.
func (m *machine) SendRTP(slot engine.Slot, to netip.AddrPort, packet []byte) {
	if l := m.slots[slot]; l != nil {
		_, _ = l.rtp.WriteTo(packet, net.UDPAddrFromAddrPort(to)) // lost like any packet
	}
}

// SendRTCP is the engine's way out for reports.
func (m *machine) SendRTCP(slot engine.Slot, to netip.AddrPort, packet []byte) {
	if l := m.slots[slot]; l != nil {
		_, _ = l.rtcp.WriteTo(packet, net.UDPAddrFromAddrPort(to)) // lost like any packet
	}
}

// Event takes what the engine tells.
func (m *machine) Event(e engine.Event) { m.told = append(m.told, e) }

// keepOnly closes the ports of legs that are not alive any more.
func (m *machine) keepOnly(alive []plan.LegID) {
	m.mu.Lock()
	var dead []plan.LegID
	for leg := range m.lines {
		if !slices.Contains(alive, leg) {
			dead = append(dead, leg)
		}
	}
	m.mu.Unlock()
	for _, leg := range dead {
		m.Close(leg)
	}
}
