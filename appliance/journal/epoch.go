package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/store"
)

// lostEpochStep is how far the epoch jumps when its file is gone but facts are there: both may come from an old copy of the disk, and the epochs
// used since then are unknown.
const lostEpochStep = 1000

// epochMark is the content of the epoch file. It stands outside the database, so that putting back an older database does not put back the epoch.
type epochMark struct {
	Stream string       `json:"stream"`
	Epoch  uint32       `json:"epoch"`
	Clean  bool         `json:"clean"` // the journal was closed properly; taken away when it is opened
	Last   fact.Address `json:"last"`  // the last committed fact, when clean
}

// readEpoch reads the mark; there is none in a new journal, and a damaged one counts as lost.
func readEpoch(path string) (mark epochMark, found bool, err error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return epochMark{}, false, nil
	case err != nil:
		return epochMark{}, false, err
	}
	if err := json.Unmarshal(raw, &mark); err != nil || mark.Epoch == 0 {
		return epochMark{}, false, nil //nolint:nilerr // a torn mark is as good as none: the epoch then jumps
	}
	return mark, true, nil
}

func (m epochMark) write(path string) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return store.Replace(path, append(raw, '\n'), 0o600)
}

// Start says how the journal found itself when it was opened.
type Start struct {
	Epoch  uint32
	Clean  bool   // the one before had closed it properly, or it is new; the epoch did not rise
	Cause  string // why the epoch rose
	Broken string // where a damaged file was set aside
}

// The reasons for which the epoch rises. They are also the causes of the FactsLost written then.
const (
	causeUnclean  = "unclean stop"
	causeRestored = "an older copy was restored"
	causeNoEpoch  = "the epoch file was lost"
	causeNoFile   = "the journal's file was gone"
	causeDamaged  = "the journal's file was damaged"
	causeAsked    = "a later epoch was already seen outside"
)

// start decides the epoch from the mark and the last fact in the file. It is a pure function: hole is nil when nothing can have been lost.
func start(stream string, mark epochMark, found bool, last fact.Address, noted, atLeast uint32) (s Start, hole *fact.FactsLost, err error) {
	highest := max(mark.Epoch, last.Epoch, noted)
	to := fact.Address{}
	switch {
	case !found && highest == 0:
		if atLeast <= 1 {
			return Start{Epoch: 1, Clean: true}, nil, nil
		}
		s.Cause = causeAsked
	case !found:
		s.Cause, highest = causeNoEpoch, highest+lostEpochStep
	case mark.Clean && last == mark.Last && highest == mark.Epoch && atLeast <= mark.Epoch:
		return Start{Epoch: mark.Epoch, Clean: true}, nil, nil
	case mark.Clean && last == mark.Last && highest == mark.Epoch:
		s.Cause, highest = causeAsked, max(highest, atLeast-1)
	case mark.Clean && last.Before(mark.Last):
		s.Cause, to = causeRestored, mark.Last
		if last.Epoch == 0 {
			s.Cause = causeNoFile
		}
	case mark.Clean:
		s.Cause = causeRestored // the mark is older than the facts
	default:
		s.Cause = causeUnclean
	}
	s.Epoch = max(highest+1, atLeast)
	if s.Epoch > mostEpoch {
		return Start{}, nil, fmt.Errorf("the journal's epochs are used up (%d)", s.Epoch)
	}
	if s.Cause == causeAsked {
		return s, nil, nil
	}
	if to == (fact.Address{}) {
		// How many were in memory when it stopped is unknown. Number 0 of the new epoch follows everything of the old one.
		to = fact.Address{Stream: stream, Epoch: s.Epoch}
	}
	return s, &fact.FactsLost{From: next(last), To: to, Cause: s.Cause}, nil
}
