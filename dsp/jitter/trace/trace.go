// Package trace holds what packets went through on networks of several kinds,
// so that the jitter buffer can be tried on each and seen to cope.
//
// The traces are made up from models of such networks, not recorded: see the
// first line of each file.
package trace

import (
	"bufio"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:generate go run generate.go

//go:embed testdata/*.trace
var files embed.FS

// Size is the voice in each packet, in samples at 8 kHz.
const Size = 160

// MaxDelay bounds a packet's delay in a trace: 10 s, in samples.
const MaxDelay = 80000

// A Packet is one arrival.
type Packet struct {
	Sequence  uint16
	Timestamp uint32
	Voice     int64 // where in what is said it begins, in samples
	Sent      int64 // by the receiver's clock, as is Arrival
	Arrival   int64
}

// A Trace is a minute or so of packets.
type Trace struct {
	Name    string
	About   string   // what network it is
	Packets []Packet // by arrival
	Length  int64    // samples from the first tick to after the last one
	Sent    int      // packets
	Lost    int      // of them, on the way
}

// All gives the traces in the order of their names.
func All() []Trace {
	names, err := fs.Glob(files, "testdata/*.trace")
	if err != nil {
		panic(err) // the pattern is constant
	}
	var all []Trace
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		t, err := Parse(strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), ".trace"), string(text))
		if err != nil {
			panic(err) // a test reads them all
		}
		all = append(all, t)
	}
	return all
}

// Drift is a perfect network between two clocks: the sender's is slower than
// the receiver's by so many parts in a million, below 0 faster.
func Drift(seconds int, ppm int64) Trace {
	t := Trace{Name: fmt.Sprintf("drift%+d", ppm), About: "Nothing but two clocks that differ.", Length: int64(seconds) * 8000}
	for i := int64(0); ; i++ {
		sent := i * Size * (1_000_000 + ppm) / 1_000_000
		if sent >= t.Length {
			return t
		}
		t.Sent++
		t.Packets = append(t.Packets, Packet{uint16(i), uint32(i * Size), i * Size, sent, sent})
	}
}

// Parse reads a trace. Lines that begin with # say what it is. Each word of the
// others is 20 ms:
//
//	120      a packet with a delay of 120 samples (15 ms)
//	120+80   the same, and again 80 samples later
//	-        a packet that is lost
//	.        nothing is sent, and the timestamp goes on
//	!new     no time: another source, with another sequence and timestamp
//	!ts      no time: the timestamp leaps by a second, the sequence goes on
func Parse(name, text string) (Trace, error) {
	t := Trace{Name: name}
	var about []string
	seq, ts, now := uint16(65000), uint32(4294900000), int64(0)
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if c, ok := strings.CutPrefix(lines.Text(), "#"); ok {
			about = append(about, strings.TrimSpace(c))
			continue
		}
		for word := range strings.FieldsSeq(lines.Text()) {
			switch word {
			case "!new":
				seq, ts = seq+20000, ts+1_000_000_000
				continue
			case "!ts":
				ts += 8000
				continue
			case ".":
			default:
				t.Sent++
				p := Packet{Sequence: seq, Timestamp: ts, Voice: now, Sent: now, Arrival: now}
				seq++
				if word == "-" {
					t.Lost++
					break
				}
				for d := range strings.SplitSeq(word, "+") {
					n, err := strconv.Atoi(d)
					if err != nil || n < 0 || n > MaxDelay {
						return Trace{}, fmt.Errorf("%s: packet %d: %q is no delay", name, t.Sent, word)
					}
					p.Arrival += int64(n)
					t.Packets = append(t.Packets, p)
				}
			}
			ts += Size
			now += Size
		}
	}
	t.About, t.Length = strings.Join(about, " "), now+MaxDelay/10
	slices.SortStableFunc(t.Packets, func(a, b Packet) int { return int(a.Arrival - b.Arrival) })
	return t, lines.Err()
}
