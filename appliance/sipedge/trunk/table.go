package trunk

import "sync"

// cell is what one input does in one phase. A cell without do is ignored, for the reason in why.
type cell struct {
	do  func(*step, Input)
	why string
}

// on adapts a handler of one input type to a cell.
func on[T Input](why string, do func(*step, T)) cell {
	return cell{why: why, do: func(s *step, in Input) {
		if t, ok := in.(T); ok {
			do(s, t)
		}
	}}
}

type rows [kinds][phases]cell

func ignored(why string) cell { return cell{why: why} }

// row is what one input does: other in every phase that some does not name.
func (t *rows) row(k Kind, other cell, some map[Phase]cell) {
	for p := range phases {
		if c, ok := some[p]; ok {
			t[k][p] = c
		} else {
			t[k][p] = other
		}
	}
}

// table is every phase and every input. It is printed to docs/trunk-states.md.
//
//nolint:gochecknoglobals // a function value computed once; never assigned again
var table = sync.OnceValue(func() *rows {
	t := &rows{}
	t.commands()
	t.answers()
	t.timers()
	return t
})

func (t *rows) commands() {
	t.row(KindStart, ignored("under way already: a changed account is another registration"), map[Phase]cell{
		Off: on("ask the registrars, or wait for one to be found", (*step).started),
	})
	off := on("forget the REGISTER that is out; sign off where the carrier knows us", func(s *step, _ Stop) { s.signOff() })
	t.row(KindStop, off, map[Phase]cell{
		Off:           ignored("nothing is registered"),
		Unregistering: ignored("we are signing off"),
		Waiting:       on("nobody knows us: off", func(s *step, _ Stop) { s.off() }),
		Registered:    on("sign off (RFC 3261 §10.2.2)", func(s *step, _ Stop) { s.signOff() }),
	})
	keep := on("taken note of: the round that is under way goes on", func(s *step, in TargetsChanged) { s.Targets = in.Targets })
	t.row(KindTargets, keep, map[Phase]cell{
		Off:        on("taken note of for Start", func(s *step, in TargetsChanged) { s.Targets = in.Targets }),
		Waiting:    on("ask the first, if there is one; else tell that nothing is found", (*step).found),
		Registered: on("a contact that changed is registered at once, but not more often than every 30 s", (*step).moved),
		BackingOff: on("a registrar that was not there before is asked at once", (*step).foundOther),
		Unregistering: on("taken note of", func(s *step, in TargetsChanged) {
			s.Targets = in.Targets
		}),
	})
	t.row(KindFlowLost, ignored("a REGISTER is out, which fails by itself, or nobody knows us"), map[Phase]cell{
		Registered: on("sign on anew within 3 s, but not more often than every 30 s", (*step).flowLost),
	})
	resume := on("read back before its answer came: the carrier is asked anew", func(s *step, _ Resume) { s.resume() })
	t.row(KindResume, resume, map[Phase]cell{
		Off:        ignored("nothing is registered"),
		Waiting:    on("ask the registrars, or go on waiting", func(s *step, _ Resume) { s.resume() }),
		Registered: on("tell, and refresh when it is time", func(s *step, _ Resume) { s.resume() }),
		BackingOff: on("wait for what is left of the pause", func(s *step, _ Resume) { s.resume() }),
		Unregistering: on("off: the restart took longer than the farewell", func(s *step, _ Resume) {
			s.off()
		}),
	})
}

func (t *rows) answers() {
	late := ignored("no REGISTER is out: the answer comes late")
	t.row(KindResponded, late, map[Phase]cell{
		Registering:   on("2xx: known; 401, 407: password; 423: longer; 403, 6xx: a long pause; else the next registrar", (*step).responded),
		Refreshing:    on("2xx: known on; 401, 407: password; 423: longer; 403, 6xx: a long pause; else the next registrar", (*step).responded),
		Returning:     on("2xx: known by the first again; 401, 407: password; else stay where we are known", (*step).responded),
		Unregistering: on("401, 407: password; any other final response: off", (*step).respondedFarewell),
	})
	t.row(KindFailed, late, map[Phase]cell{
		Registering:   on("the next registrar, or a pause", (*step).failed),
		Refreshing:    on("the next registrar, or a pause; the carrier knows us still", (*step).failed),
		Returning:     on("stay where we are known, try again later", (*step).failed),
		Unregistering: on("off: what the carrier knows lapses by itself", (*step).failedFarewell),
	})
	t.row(KindAuthorized, ignored("no REGISTER was challenged"), map[Phase]cell{
		Registering:   on("send it again with credentials", (*step).authorized),
		Refreshing:    on("send it again with credentials", (*step).authorized),
		Returning:     on("send it again with credentials", (*step).authorized),
		Unregistering: on("send it again with credentials; without, off", (*step).authorizedFarewell),
	})
}

func (t *rows) timers() {
	t.row(KindAnswerTimer, ignored("no REGISTER is out"), map[Phase]cell{
		Registering:   on("silent for 8 s: the next registrar, or a pause", func(s *step, _ TimerFired) { s.silent() }),
		Refreshing:    on("silent for 8 s: the next registrar, or a pause", func(s *step, _ TimerFired) { s.silent() }),
		Returning:     on("silent for 8 s: stay where we are known", func(s *step, _ TimerFired) { s.silent() }),
		Unregistering: on("silent for 2 s: off", func(s *step, _ TimerFired) { s.off() }),
	})
	t.row(KindAgainTimer, ignored("a REGISTER is out, or none is wanted"), map[Phase]cell{
		Registered: on("refresh", func(s *step, _ TimerFired) { s.refresh() }),
		BackingOff: on("ask all registrars again, the first one first", func(s *step, _ TimerFired) { s.begin() }),
		Returning:  on("the refresh is due: the registrars are asked in order from the first on", func(s *step, _ TimerFired) { s.widen() }),
	})
	t.row(KindLapseTimer, on("tell", func(s *step, _ TimerFired) { s.lapsed() }), map[Phase]cell{
		Off:        ignored("nothing is registered"),
		Registered: on("tell, and sign on anew", func(s *step, _ TimerFired) { s.lapsed() }),
		Refreshing: on("tell; the REGISTER that is out goes on", func(s *step, _ TimerFired) { s.lapsed() }),
		Returning:  on("tell; the REGISTER that is out goes on", func(s *step, _ TimerFired) { s.lapsed() }),
		Unregistering: on("off: there is nothing left to sign off", func(s *step, _ TimerFired) {
			s.off()
		}),
	})
	t.row(KindReturnTimer, ignored("registered nowhere, or with another REGISTER out, which decides"), map[Phase]cell{
		Registered: on("try the first registrar", func(s *step, _ TimerFired) { s.goBack() }),
	})
}
