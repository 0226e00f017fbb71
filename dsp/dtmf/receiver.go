package dtmf

// Block is how many samples the receiver judges at a time (8.5 ms). A key is
// heard when three blocks in a row hold it, wherever they fall: a tone of
// 34 ms always fills three, and one of less than 20 ms leaves one of them
// mostly empty. Q.24 leaves the limits to each country: 40 ms must be taken; 23
// ms must not by the figures usually quoted, which are AT&T's, and of those a
// third are taken here, since a short key of a real telephone is worth more.
const Block = 68

// blocks is how many of them a key must fill.
const blocks = 3

// span is the stretch that is looked at closely, in samples (25.5 ms).
const span = blocks * Block

// A Phase is what a Notice tells of a key.
type Phase uint8

const (
	// Began says that a key was pressed.
	Began Phase = iota + 1
	// Ended says that it was released. Every Began has one, but for Reset.
	Ended
)

// A Notice is one thing a Receiver heard.
type Notice struct {
	Phase Phase
	Key   byte
	// At is when it happened, in samples since the receiver's first, to the
	// block. It is earlier than the notice: a key is told some 30 ms after it
	// began.
	At int64
}

// misses is the number of blocks without the key that end it. Two are what a
// hole of 10 ms may cost, which must not make one key two (Q.24 §2.4); a pause
// of 40 ms holds three whole blocks.
const misses = 3

// A Receiver finds keys in a voice. The zero value is ready. It belongs to one
// goroutine.
//
// Every block passes through a gate, which is cheap and lets through whatever
// might be a key. What it lets through is measured: the two frequencies, their
// levels, and how much else there is (see measure).
type Receiver struct {
	samples [blocks][Block]float32 // the last blocks, a ring
	n       int                    // samples in the present block
	block   int                    // the present block's place in samples
	heard   int64                  // samples in whole blocks

	past [blocks]spectrum // a ring beside samples

	key  byte // the key that is held; 0 is none
	row  int
	col  int
	low  float32 // mean squares of its tones when it was pressed
	high float32
	gone int // blocks since it was last seen

	lone    int // blocks of dial tone alone, up to now
	dialled int // for how many blocks more dial tone is remembered
}

// Write listens to samples and appends to dst each key that was newly pressed,
// once.
func (r *Receiver) Write(dst []byte, samples []int16) []byte {
	var room [2]Notice
	for len(samples) > 0 {
		samples = r.fill(samples)
		for _, n := range r.whole(room[:0]) {
			if n.Phase == Began {
				dst = append(dst, n.Key)
			}
		}
	}
	return dst
}

// Listen listens to samples and appends to dst what it heard: at most two
// notices a block.
func (r *Receiver) Listen(dst []Notice, samples []int16) []Notice {
	for len(samples) > 0 {
		samples = r.fill(samples)
		dst = r.whole(dst)
	}
	return dst
}

// Held gives the key that is pressed now; ok is false when none is.
func (r *Receiver) Held() (key byte, ok bool) { return r.key, r.key != 0 }

// Reset forgets what was heard.
func (r *Receiver) Reset() { *r = Receiver{} }

// fill takes samples into the present block and gives those that are left.
func (r *Receiver) fill(samples []int16) []int16 {
	b := r.samples[r.block][r.n:]
	n := min(len(b), len(samples))
	for i, s := range samples[:n] {
		b[i] = float32(s)
	}
	r.n += n
	return samples[n:]
}

// whole judges the present block when it is full.
func (r *Receiver) whole(dst []Notice) []Notice {
	if r.n < Block {
		return dst
	}
	now := &r.past[r.block]
	now.of(&r.samples[r.block])
	r.n = 0
	r.block = (r.block + 1) % blocks
	r.heard += Block
	r.remember(now)

	if r.key != 0 {
		if r.holds(now) {
			r.gone = 0
			return dst
		}
		r.gone++
	}
	row, col, ok := r.gate()
	if ok && keypad[4*row+col] != r.key {
		if low, high, ok := r.measure(row, col); ok {
			if r.key != 0 {
				dst = r.release(dst)
			}
			r.key, r.row, r.col, r.low, r.high, r.gone = keypad[4*row+col], row, col, low, high, 0
			return append(dst, Notice{Began, r.key, r.heard - span})
		}
	}
	if r.key != 0 && r.gone >= misses {
		dst = r.release(dst)
	}
	return dst
}

func (r *Receiver) release(dst []Notice) []Notice {
	n := Notice{Ended, r.key, r.heard - int64(r.gone)*Block}
	r.key = 0
	return append(dst, n)
}

// holds reports whether a block still has the held key: both tones within
// 6 dB of what they were.
func (r *Receiver) holds(s *spectrum) bool {
	return s.power[r.row] >= r.low/4 && s.power[4+r.col] >= r.high/4
}
