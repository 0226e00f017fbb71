// Package apply decides how a document from the cloud takes the place of the one in force: checked, on trial, then kept or taken back.
//
// It is pure: Step takes what happened and says what to do. Whoever drives it writes the Machine to disk before it does anything, so that a box
// that loses power at any point goes on from there.
package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"autocom/cloud-sync/wire"
)

// State is how far the revision at hand has come.
type State string

// The states.
const (
	Idle       State = "idle"        // none is at hand
	Fetched    State = "fetched"     // it is signed, for this box and newer; the document in force is still the one before
	Applying   State = "applying"    // the one before is kept aside; this one takes effect, or has, or will not
	TrialBoth  State = "trial_both"  // in force; neither the cloud nor the lines have shown that it does no harm
	TrialCloud State = "trial_cloud" // in force; the lines are back, the cloud has not confirmed it
	TrialLines State = "trial_lines" // in force; the cloud confirmed it or need not, the lines are not back
	Reverting  State = "reverting"   // the one before is being put back
)

// States lists them.
func States() []State {
	return []State{Idle, Fetched, Applying, TrialBoth, TrialCloud, TrialLines, Reverting}
}

// OnTrial reports whether the revision at hand is in force and not yet kept.
func (s State) OnTrial() bool { return s == TrialBoth || s == TrialCloud || s == TrialLines }

// MaxStarts is how often a box may start anew while a document is on trial. A document that makes it fall over is taken back.
const MaxStarts = 3

// Machine is the whole state: a value, as it stands on the disk.
type Machine struct {
	State     State    `json:"state"`
	Confirmed uint64   `json:"confirmed"`           // the revision that stays; 0: none of the cloud's
	Name      string   `json:"name,omitempty"`      // of the document of Confirmed: see NameOf
	Bad       uint64   `json:"bad"`                 // the newest that was refused or taken back: it never comes again
	Why       string   `json:"why,omitempty"`       // what became of Bad
	Revision  uint64   `json:"revision,omitempty"`  // at hand
	Document  string   `json:"document,omitempty"`  // its text
	Before    string   `json:"before,omitempty"`    // the text it replaces
	Lines     []string `json:"lines,omitempty"`     // trunks that were up before
	Starts    int      `json:"starts,omitempty"`    // of the box while it was on trial
	Reverting string   `json:"reverting,omitempty"` // why it goes back
	Then      State    `json:"then,omitempty"`      // the state that follows Applying
}

// NameOf is a document's name by its content.
func NameOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Input is something that happened.
type Input interface{ input() }

// The inputs.
type (
	// Opened says that the cloud's envelope was opened: its signature is good and it is for this box.
	Opened struct {
		Revision uint64
		Document string
	}
	// Ready brings all that must be known before the document takes effect.
	Ready struct {
		Before string   // the text in force
		Lines  []string // the trunks that are up
		Cloud  bool     // the cloud can be reached, so it must be reachable afterwards
	}
	// TookEffect says that the text that was to take effect is in force.
	TookEffect struct{}
	// Refused says that it is not, and nothing was changed.
	Refused struct {
		Problems []wire.Problem
		Why      string
	}
	// Confirmed says that the cloud answered, with the nonce.
	Confirmed struct{}
	// LinesBack says that every trunk that was up before, and that the document in force still knows, is up.
	LinesBack struct{}
	// TrialOver says that the time for both is over.
	TrialOver struct{}
	// Restarted says that the box was started, with this text in force.
	Restarted struct{ Text string }
	// LocalChange says that somebody on the spot put another document in force.
	LocalChange struct{}
)

func (Opened) input()      {}
func (Ready) input()       {}
func (TookEffect) input()  {}
func (Refused) input()     {}
func (Confirmed) input()   {}
func (LinesBack) input()   {}
func (TrialOver) input()   {}
func (Restarted) input()   {}
func (LocalChange) input() {}

// Effect is something to do, after the machine is on the disk.
type Effect interface{ effect() }

// The effects.
type (
	// Report goes to the cloud. It waits on the disk until the cloud has it; whoever queues it sets At.
	Report struct{ wire.Report }
	// Prepare asks for what Ready brings.
	Prepare struct{}
	// Apply puts a text in force; TookEffect or Refused follows.
	Apply struct{ Text string }
	// Try begins the trial, or begins it again; Confirmed, LinesBack or TrialOver follow.
	Try struct{ Cloud, Lines bool } // what is waited for
)

func (Report) effect()  {}
func (Prepare) effect() {}
func (Apply) effect()   {}
func (Try) effect()     {}

// Step takes an input. ignored is why nothing came of it, when nothing did.
func (m Machine) Step(in Input) (next Machine, do []Effect, ignored string) {
	switch in := in.(type) {
	case Opened:
		return m.opened(in)
	case Ready:
		return m.ready(in)
	case TookEffect:
		return m.tookEffect()
	case Refused:
		return m.refused(in)
	case Confirmed:
		switch m.State {
		case TrialBoth:
			m.State = TrialLines
			return m, []Effect{Try{Lines: true}}, ""
		case TrialCloud:
			return m.keep()
		case Idle, Fetched, Applying, TrialLines, Reverting:
		}
		return m, nil, "no confirmation is waited for"
	case LinesBack:
		switch m.State {
		case TrialBoth:
			m.State = TrialCloud
			return m, []Effect{Try{Cloud: true}}, ""
		case TrialLines:
			return m.keep()
		case Idle, Fetched, Applying, TrialCloud, Reverting:
		}
		return m, nil, "no lines are waited for"
	case TrialOver:
		return m.trialOver()
	case Restarted:
		return m.restarted(in)
	case LocalChange:
		if m.State.OnTrial() {
			return m.overtaken()
		}
		return m, nil, "no document is on trial, so there is none to give way"
	}
	return m, nil, "unknown input"
}

func (m Machine) opened(in Opened) (Machine, []Effect, string) {
	switch {
	case in.Revision == m.Confirmed:
		return m, nil, "it is in force already"
	case in.Revision == m.Revision:
		return m, nil, "it is at hand already"
	case in.Revision == m.Bad:
		return m, nil, "it was refused or taken back before"
	case in.Revision < max(m.Confirmed, m.Bad):
		why := fmt.Sprintf("revision %d is older than revision %d, which this box knows already: publish it under a new number", in.Revision, max(m.Confirmed, m.Bad))
		return m, []Effect{Report{wire.Report{Revision: in.Revision, State: wire.Refused, Why: why, Returned: m.Confirmed}}}, ""
	case m.State != Idle && m.State != Fetched:
		return m, nil, "one document at a time: it is fetched again when the one at hand has come to its end"
	}
	m.State, m.Revision, m.Document = Fetched, in.Revision, in.Document
	return m, []Effect{Report{wire.Report{Revision: in.Revision, State: wire.Fetched}}, Prepare{}}, ""
}

func (m Machine) ready(in Ready) (Machine, []Effect, string) {
	if m.State != Fetched {
		return m, nil, "no document waits to take effect"
	}
	m.State, m.Before, m.Lines, m.Starts = Applying, in.Before, in.Lines, 0
	// Where the cloud was out of reach before, it cannot be asked for afterwards: an outage is no reason to take a document back.
	if m.Then = TrialBoth; !in.Cloud {
		m.Then = TrialLines
	}
	return m, []Effect{Apply{m.Document}}, ""
}

func (m Machine) tookEffect() (Machine, []Effect, string) {
	switch m.State {
	case Applying:
		m.State = m.Then
		return m, []Effect{Report{wire.Report{Revision: m.Revision, State: wire.Applied}}, m.try()}, ""
	case Reverting:
		return m.end(wire.Reverted, nil, m.Reverting)
	case Idle, Fetched, TrialBoth, TrialCloud, TrialLines:
	}
	return m, nil, "nothing was to take effect"
}

func (m Machine) refused(in Refused) (Machine, []Effect, string) {
	switch m.State {
	case Applying:
		return m.end(wire.Refused, in.Problems, in.Why)
	case Idle, Fetched, TrialBoth, TrialCloud, TrialLines, Reverting:
	}
	if m.State == Reverting {
		return m, nil, "the document before is put back again later: it was good when it was in force"
	}
	return m, nil, "nothing was to take effect"
}

func (m Machine) trialOver() (Machine, []Effect, string) {
	why := ""
	switch m.State {
	case TrialBoth:
		why = "neither did the cloud confirm it nor did the lines come back"
	case TrialCloud:
		why = "the cloud did not confirm it: with this document the box did not reach the cloud"
	case TrialLines:
		why = "the lines that were up before did not come back"
	case Idle, Fetched, Applying, Reverting:
		return m, nil, "no document is on trial"
	}
	return m.takeBack(why)
}

func (m Machine) restarted(in Restarted) (Machine, []Effect, string) {
	switch m.State {
	case Fetched:
		return m, []Effect{Prepare{}}, ""
	case Applying:
		// Whether it took effect before the box stopped is not known, and need not be: the same text may take effect twice.
		if m.Starts++; m.Starts > MaxStarts {
			return m.takeBack(fmt.Sprintf("the box started %d times anew while it took effect", MaxStarts+1))
		}
		return m, []Effect{Apply{m.Document}}, ""
	case TrialBoth, TrialCloud, TrialLines:
		if in.Text != m.Document {
			return m.overtaken()
		}
		if m.Starts++; m.Starts > MaxStarts {
			return m.takeBack(fmt.Sprintf("the box started %d times anew while it was on trial", MaxStarts+1))
		}
		return m, []Effect{m.try()}, ""
	case Reverting:
		return m, []Effect{Apply{m.Before}}, ""
	case Idle:
	}
	return m, nil, "no document is at hand"
}

// try is what the present state waits for.
func (m Machine) try() Try {
	return Try{Cloud: m.State == TrialBoth || m.State == TrialCloud, Lines: m.State == TrialBoth || m.State == TrialLines}
}

func (m Machine) takeBack(why string) (Machine, []Effect, string) {
	m.State, m.Reverting = Reverting, why
	return m, []Effect{Apply{m.Before}}, ""
}

// overtaken ends a trial whose document somebody replaced on the spot: what they put there stays.
func (m Machine) overtaken() (Machine, []Effect, string) {
	return m.end(wire.Reverted, nil, "while it was on trial another document was put in force on the spot, and stays")
}

func (m Machine) keep() (Machine, []Effect, string) {
	report := Report{wire.Report{Revision: m.Revision, State: wire.Kept}}
	return Machine{State: Idle, Confirmed: m.Revision, Name: NameOf(m.Document), Bad: m.Bad, Why: ""}, []Effect{report}, ""
}

func (m Machine) end(how wire.State, problems []wire.Problem, why string) (Machine, []Effect, string) {
	r := wire.Report{Revision: m.Revision, State: how, Problems: problems, Why: why, Returned: m.Confirmed}
	next := Machine{State: Idle, Confirmed: m.Confirmed, Name: m.Name, Bad: max(m.Bad, m.Revision), Why: why}
	if len(problems) > 0 && why == "" {
		next.Why = fmt.Sprintf("it has %d mistakes: %s", len(problems), problems[0])
	}
	return next, []Effect{Report{r}}, ""
}
