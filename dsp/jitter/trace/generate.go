//go:build ignore

// This program writes the traces. The seeds are fixed: it writes the same each time.
package main

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"strings"
)

const (
	ms      = 8
	packets = 2500 // 50 s
)

// word gives packet i's word.
type model func(r *rand.Rand) func(i int) string

func main() {
	for i, t := range []struct {
		name, about string
		model       model
	}{
		{"dsl", "A good DSL line: 18 ms, a millisecond or two of jitter, one packet in 2,000 lost.", dsl},
		{"wifi", "A shared Wi-Fi: 6 ms, and every second or two the air is busy for 30 to 90 ms and what waited comes at once; 0.5 % lost.", wifi},
		{"lte", "A mobile network: 45 ms in steps of 5 ms, and a change of cell every 12 s that holds packets for 100 to 160 ms.", lte},
		{"satellite", "A satellite: 280 ms, 8 ms of jitter, 0.3 % lost, and after half the time a route that is 25 ms longer.", satellite},
		{"burst", "Loss in bursts, after the network model of ITU-T G.1050: a line that is now good (0.1 % lost), now bad (35 % lost, 20 ms of jitter) for a third of a second.", burst},
		{"stall", "A router that stalls for 300 ms every 8 s and then sends all that waited at once.", stall},
		{"paths", "Two paths of 10 and 34 ms by turns of a few packets: packets overtake one another, and 3 % come twice.", paths},
		{"dtx", "A peer that sends nothing while it is silent, over a network with 6 ms of jitter.", dtx},
		{"resets", "A peer that changes its source and leaps in its timestamps, as gateways do when a call is transferred.", resets},
	} {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		next := t.model(r)
		var b strings.Builder
		fmt.Fprintf(&b, "# %s\n", t.about)
		for p := range packets {
			sep := " "
			if p%50 == 49 { // a line is a second
				sep = "\n"
			}
			b.WriteString(next(p) + sep)
		}
		if err := os.WriteFile("testdata/"+t.name+".trace", []byte(b.String()), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

func delay(samples float64) string { return fmt.Sprint(int(math.Round(max(0, samples)))) }

func dsl(r *rand.Rand) func(int) string {
	return func(int) string {
		if r.IntN(2000) == 0 {
			return "-"
		}
		return delay(18*ms + r.ExpFloat64()*1.2*ms)
	}
}

// hold delays what is sent in the next so many samples until they are over.
type hold struct{ until float64 }

func (h hold) delay(i int, normal float64) float64 { return max(normal, h.until-float64(i*160)) }

func wifi(r *rand.Rand) func(int) string {
	var h hold
	return func(i int) string {
		if r.IntN(70) == 0 {
			h.until = float64(i*160) + (30+60*r.Float64())*ms
		}
		if r.IntN(200) == 0 {
			return "-"
		}
		return delay(h.delay(i, 6*ms+r.ExpFloat64()*2*ms))
	}
}

func lte(r *rand.Rand) func(int) string {
	var h hold
	last := 0.0
	return func(i int) string {
		if i%600 == 450 {
			h.until = float64(i*160) + (100+60*r.Float64())*ms
		}
		d := h.delay(i, 45*ms+float64(5*ms)*math.Floor(r.ExpFloat64()*1.6))
		d = max(d, last-160) // the radio keeps the order
		last = d
		return delay(d)
	}
}

func satellite(r *rand.Rand) func(int) string {
	return func(i int) string {
		if r.IntN(333) == 0 {
			return "-"
		}
		d := 280*ms + math.Abs(r.NormFloat64())*8*ms
		if i > packets/2 {
			d += 25 * ms
		}
		return delay(d)
	}
}

func burst(r *rand.Rand) func(int) string {
	bad := false
	return func(int) string {
		if bad {
			bad = r.IntN(17) != 0
		} else {
			bad = r.IntN(150) == 0
		}
		if bad {
			if r.IntN(100) < 35 {
				return "-"
			}
			return delay(25*ms + r.ExpFloat64()*20*ms)
		}
		if r.IntN(1000) == 0 {
			return "-"
		}
		return delay(25*ms + r.ExpFloat64()*2*ms)
	}
}

func stall(r *rand.Rand) func(int) string {
	var h hold
	return func(i int) string {
		if i%400 == 350 {
			h.until = float64(i*160) + 300*ms
		}
		return delay(h.delay(i, 15*ms+r.ExpFloat64()*1.5*ms))
	}
}

func paths(r *rand.Rand) func(int) string {
	long := false
	return func(int) string {
		if r.IntN(4) == 0 {
			long = !long
		}
		d := 10*ms + r.ExpFloat64()*ms
		if long {
			d += 24 * ms
		}
		if r.IntN(33) == 0 {
			return delay(d) + "+" + delay(r.Float64()*30*ms)
		}
		return delay(d)
	}
}

func dtx(r *rand.Rand) func(int) string {
	speaks, left := true, 100
	return func(int) string {
		if left--; left <= 0 {
			speaks = !speaks
			left = 15 + r.IntN(90)
		}
		if !speaks {
			return "."
		}
		return delay(20*ms + r.ExpFloat64()*6*ms)
	}
}

func resets(r *rand.Rand) func(int) string {
	return func(i int) string {
		d := delay(20*ms + r.ExpFloat64()*2*ms)
		switch {
		case i%500 == 260:
			return "!new " + d
		case i%500 == 420:
			return "!ts " + d
		}
		return d
	}
}
