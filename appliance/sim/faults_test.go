package sim

import (
	"fmt"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// plan makes the calendar: the calls by the hour of the day, and what goes wrong.
func (w *week) plan(days int) {
	local := time.Now().In(w.zone)
	monday := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, w.zone)
	perHour := [24]int{0, 0, 0, 0, 1, 2, 4, 20, 60, 100, 110, 100, 50, 40, 90, 95, 90, 60, 25, 10, 4, 3, 2, 1}
	for day := range days {
		midnight := monday.AddDate(0, 0, day)
		at := func(h, m int, what string, do func()) {
			w.events = append(w.events, event{midnight.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute), what, do})
		}
		share := []int{100, 100, 100, 100, 100, 35, 12}[day%7]
		for h, n := range perHour {
			n = n * share / 100
			if days == 1 && h >= 22 {
				n = 0
			}
			for range n {
				when := midnight.Add(time.Duration(h)*time.Hour + w.span(0, time.Hour))
				if when.After(time.Now().Add(time.Minute)) {
					w.events = append(w.events, event{when, "a call", w.somebodyCalls})
				}
			}
			if h >= 7 {
				at(h, 0, "the hour", w.hour)
			}
			if h >= 7 && h < 22 {
				at(h, 10+w.roll(45), "a phone restarts", w.phoneRestarts)
			}
			if h >= 8 && h < 18 {
				at(h, w.roll(59), "an agent's pause", w.somebodyPauses)
			}
		}
		at(8, 40, "pulled", func() { w.pull(w.phones[(day*3+5)%20], 3*time.Hour) })
		at(13, 20, "pulled", func() { w.pull(w.phones[(day*7+11)%20], 2*time.Hour) })
		at(9, 30, "a trunk is dead", func() { w.trunkDies([]int{0, 1, 2}[day%3], time.Hour) })
		at(15, 5, "a trunk refuses", func() { w.trunkRefuses([]int{1, 0, 2}[day%3], 20*time.Minute) })
		at(16, 45, "the registrar restarts", w.registrarRestarts)
		if day%2 == 0 {
			at(11, 17, "the core is replaced", w.coreIsReplaced)
		}
		if day%7 == 0 {
			at(14, 33, "the core crashes", w.coreCrashes)
		}
		at(20, 0, "the night", w.lockByTheHour)
		at(7, 0, "the morning", w.lockByTheHour)
		night := 27
		if days == 1 {
			night = 23 // nothing happens before the morning
		}
		at(night, 0, "the night", func() { w.night(midnight.Format("Monday")) })
	}
}

// lockByTheHour locks the lines outside as the site's document says.
func (w *week) lockByTheHour() { w.box.lock(w.set.Site.Toll.Night.Locked(time.Now().In(w.zone))) }

// hour forgets what the peers need no more.
func (w *week) hour() {
	for _, p := range slices.Concat(w.phones, w.carriers) {
		p.forget()
	}
	w.mu.Lock()
	for c := range w.consults {
		if c.state == ended {
			delete(w.consults, c)
		}
	}
	w.mu.Unlock()
}

func (w *week) nextPort() uint16 {
	w.ports = (w.ports + 1) % 16
	return 5061 + w.ports
}

func (w *week) phoneRestarts() {
	p := w.anyPhone()
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	if !gone {
		p.reboot(w.nextPort(), registeredFor)
		w.count("restarts of phones")
	}
}

// pull takes a phone's cable out, and puts it back.
func (w *week) pull(p *peer, long time.Duration) {
	w.count("phones pulled")
	p.vanish()
	time.AfterFunc(long, func() { p.reboot(5060, registeredFor) })
}

func (w *week) trunkDies(i int, long time.Duration) {
	w.count("trunks dead for an hour")
	set := func(dead bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dead[w.carriers[i].at] = dead
	}
	w.outages[w.carriers[i].name] = append(w.outages[w.carriers[i].name], [2]time.Time{time.Now(), time.Now().Add(long)})
	set(true)
	time.AfterFunc(long, func() { set(false) })
}

func (w *week) trunkRefuses(i int, long time.Duration) {
	w.count("trunks refusing with 503")
	set := func(status int) {
		w.carriers[i].mu.Lock()
		defer w.carriers[i].mu.Unlock()
		w.carriers[i].refusal = status
	}
	set(503)
	time.AfterFunc(long, func() { set(0) })
}

func (w *week) registrarRestarts() {
	w.count("restarts of the registrar")
	w.carriers[2].mu.Lock()
	defer w.carriers[2].mu.Unlock()
	w.carriers[2].office.restart()
}

func (w *week) coreIsReplaced() {
	frozen, lost, err := w.box.handOver(w.span(200*time.Millisecond, 3*time.Second))
	if err != nil || len(lost) > 0 {
		w.t.Fatalf("seed %d: a planned restart lost %v of %d dialogs: %v", w.seed, lost, frozen, err)
	}
	w.count("planned restarts of the core")
	for range frozen {
		w.count("dialogs that went from core to core")
	}
	w.t.Logf("%s: %d dialogs went from core to core", time.Now().In(w.zone).Format("Mon 15:04"), frozen)
}

func (w *week) coreCrashes() {
	var cut []*dialog
	for _, p := range slices.Concat(w.phones, w.carriers) {
		p.mu.Lock()
		for _, d := range p.dialogs {
			if d.state == talking && !p.gone {
				cut = append(cut, d)
			}
		}
		p.mu.Unlock()
	}
	ended, err := w.box.crash(w.span(200*time.Millisecond, 3*time.Second), func() (open []fact.Entry) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, entries := range w.open {
			open = append(open, entries...)
		}
		return open
	})
	if err != nil {
		w.t.Fatalf("seed %d: after a crash: %v", w.seed, err)
	}
	w.count("crashes of the core")
	time.AfterFunc(45*time.Second, func() { w.nobodyTalksOn(cut) })
	w.t.Logf("%s: the core crashed over %d dialogs", time.Now().In(w.zone).Format("Mon 15:04"), ended)
}

// nobodyTalksOn wants everybody to know that the box, which crashed, does not hold their calls any more.
func (w *week) nobodyTalksOn(cut []*dialog) {
	for _, d := range cut {
		d.p.mu.Lock()
		on := d.state == talking && !d.p.gone
		d.p.mu.Unlock()
		if on {
			w.mu.Lock()
			w.fault = orElse(w.fault, fmt.Sprintf("%s was not told that the core crashed: call %s, leg %s", d.p.name, d.callID, d.leg))
			w.mu.Unlock()
		}
	}
}

func (w *week) somebodyPauses() {
	id := fmt.Sprintf("a%d", 1+w.roll(8))
	switch w.roll(4) {
	case 0:
		w.box.tell(exchange.AgentLogOut{By: "agent:" + id, Agent: id})
	case 1:
		w.box.tell(exchange.AgentDeclare{By: "agent:" + id, Agent: id, Pause: "déjeuner"})
	default:
		w.box.tell(exchange.AgentLogIn{By: "agent:" + id, Agent: id})
		w.box.tell(exchange.AgentDeclare{By: "agent:" + id, Agent: id})
	}
}
