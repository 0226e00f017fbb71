package exchange

import "autocom/appliance/exchange/fact"

// Sampled is the reason of a recording that chance chose among the calls of a queue: the first thing that a disk which fills up does without.
const Sampled = "queue.sampled"

// roomToRecord reports whether the disk has room for another recording, by what it is for.
func (s *State) roomToRecord(why fact.Reason) bool {
	switch s.storage {
	case StoragePlenty:
		return true
	case StorageNoSamples:
		return why.Code != Sampled
	case StorageNoRecordings:
		return false
	default: // a word of a later rim
		return false
	}
}
