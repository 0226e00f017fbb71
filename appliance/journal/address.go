package journal

import (
	"fmt"
	"math"

	"autocom/appliance/exchange/fact"
)

// An address in one integer: the epoch above, the number in the low 40 bits. A box that writes a thousand facts a second fills an epoch's numbers
// in 34 years, and 2^22 epochs are a hundred unclean starts a day for a century.
const (
	numberBits = 40
	mostNumber = 1<<numberBits - 1
	mostEpoch  = 1<<22 - 1
)

// rowID is the key of an address in the file. A number beyond the range stands for the epoch's end.
func rowID(a fact.Address) int64 {
	return int64(min(a.Epoch, mostEpoch))<<numberBits | int64(min(a.N, mostNumber))
}

// address is the address of a key.
func (j *Journal) address(id int64) fact.Address { return addressOf(j.stream, id) }

func addressOf(stream string, id int64) fact.Address {
	if id <= 0 {
		return fact.Address{Stream: stream}
	}
	return fact.Address{Stream: stream, Epoch: uint32(id >> numberBits), N: uint64(id & mostNumber)}
}

// next is the address after a in the same epoch; in a stream that holds nothing, the very first.
func next(a fact.Address) fact.Address {
	if a.Epoch == 0 {
		return fact.Address{Stream: a.Stream, Epoch: 1, N: 1}
	}
	a.N++
	return a
}

// own refuses an address of another box's stream; the zero address means "from the oldest".
func (j *Journal) own(a fact.Address) error {
	if a.Stream != j.stream && a != (fact.Address{}) {
		return fmt.Errorf("address %s is not of the stream %q", a, j.stream)
	}
	if a.Epoch > mostEpoch || a.N > math.MaxInt64 {
		return fmt.Errorf("address %s cannot exist", a)
	}
	return nil
}
