package steward

// State is where a change of the network stands.
type State int

// The states.
const (
	Settled   State = iota // nothing is on trial
	Applying               // new settings are being written and taken over
	OnTrial                // they are in force, and go back by themselves
	Keeping                // they are being written down as the ones that stay
	Reverting              // the settings before them are being put back
)

func (s State) String() string {
	return [...]string{"settled", "applying", "on trial", "keeping", "reverting"}[s]
}

// Input is what happens to a change.
type Input interface{ input() }

// The inputs.
type (
	// Try asks for new settings, which have passed Check.
	Try struct {
		Settings Settings
		Token    string
	}
	// Done says that what the last step asked for was done.
	Done struct{}
	// Failed says that it could not be done.
	Failed struct{}
	// Keep asks for the settings on trial to stay.
	Keep struct{ Token string }
	// Revert asks for the settings before them.
	Revert struct{}
	// Expired says that the time of the trial, or of a wait before another attempt, is over.
	Expired struct{}
	// Boot says that the steward has just started, with what the disk knew.
	Boot struct{}
)

func (Try) input()     {}
func (Done) input()    {}
func (Failed) input()  {}
func (Keep) input()    {}
func (Revert) input()  {}
func (Expired) input() {}
func (Boot) input()    {}

// Action is what a step asks the keeper to do, which then says Done or Failed.
type Action int

// The actions.
const (
	Nothing  Action = iota
	PutTrial        // write the trial to the disk, then the settings on trial to networkd
	Wait            // start the clock of the trial; neither Done nor Failed follows
	PutKept         // write the settings on trial to the disk as those that stay
	PutBack         // write the settings that stay to networkd, then to the disk that nothing is on trial
	Again           // wait a little, then say Expired; neither Done nor Failed follows
)

// Desk is a change and the settings around it, as a value.
type Desk struct {
	State State
	Kept  *Settings // that stay; nil: the image's own, which nobody has changed
	Tried *Settings // on trial; nil exactly when Settled
	Token string    // that keeps them
}

// Step says what follows from an input. An error is an answer to whoever asked; the desk is then as before.
func Step(d Desk, in Input) (Desk, Action, error) {
	back := func() (Desk, Action, error) {
		d.State = Reverting
		return d, PutBack, nil
	}
	switch d.State {
	case Settled:
		switch in := in.(type) {
		case Try:
			return Desk{Applying, d.Kept, &in.Settings, in.Token}, PutTrial, nil
		case Keep, Revert:
			return d, Nothing, ErrNothing
		case Done, Failed, Expired, Boot:
		}
	case Applying:
		switch in.(type) {
		case Done:
			d.State = OnTrial
			return d, Wait, nil
		case Failed, Revert, Boot:
			return back()
		case Try, Keep:
			return d, Nothing, ErrBusy
		case Expired:
		}
	case OnTrial:
		switch in := in.(type) {
		case Keep:
			if d.Token == "" || !same(in.Token, d.Token) {
				return d, Nothing, ErrToken
			}
			d.State = Keeping
			return d, PutKept, nil
		case Revert, Expired, Boot:
			return back()
		case Try:
			return d, Nothing, ErrBusy
		case Done, Failed:
		}
	case Keeping:
		switch in.(type) {
		case Done:
			return Desk{Settled, d.Tried, nil, ""}, Nothing, nil
		case Failed, Boot:
			return back()
		case Try, Keep, Revert:
			return d, Nothing, ErrBusy
		case Expired:
		}
	case Reverting:
		switch in.(type) {
		case Done:
			return Desk{Settled, d.Kept, nil, ""}, Nothing, nil
		case Failed:
			return d, Again, nil
		case Revert, Expired, Boot:
			return back()
		case Try, Keep:
			return d, Nothing, ErrBack
		}
	}
	return d, Nothing, nil
}
