package exchangetest

// Dice is a seeded generator (SplitMix64): small, and the same on every machine.
type Dice struct{ state uint64 }

// NewDice seeds one.
func NewDice(seed uint64) *Dice { return &Dice{state: seed} }

// Next is 64 even bits.
func (d *Dice) Next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// N is a number from 0 to n-1; 0 when n is not positive.
func (d *Dice) N(n int) int {
	if n <= 0 {
		return 0
	}
	return int(d.Next() % uint64(n))
}

// In is a number from lo to hi.
func (d *Dice) In(lo, hi int64) int64 { return lo + int64(d.N(int(hi-lo+1))) }

// Percent is true p times in a hundred.
func (d *Dice) Percent(p int) bool { return d.N(100) < p }

// Of picks one.
func Of[T any](d *Dice, all ...T) T { return all[d.N(len(all))] }
