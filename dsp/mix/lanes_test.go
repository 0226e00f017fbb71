package mix

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Whatever the build makes of a whole chunk is what the scalar loops make.
func TestWholeChunksAreTheSameOnEveryProcessor(t *testing.T) {
	rnd := rand.New(rand.NewPCG(16, 32))
	for range 2000 {
		var x [chunk]int16
		peak := 1 + rnd.IntN(32768)
		for i := range x {
			switch x[i] = int16(rnd.IntN(2*peak) - peak); rnd.IntN(20) {
			case 0:
				x[i] = math.MinInt16
			case 1:
				x[i] = math.MaxInt16
			}
		}
		var total, sound lanes
		total.start(&lanes{})
		for i := range total {
			total[i] += pack(int32(rnd.IntN(4*peak)-2*peak), int32(rnd.IntN(4*peak)-2*peak))
		}
		sum, own := total, sound
		if got, want := gatherChunk(&total, &sound, &x), gatherScalar(&sum, &own, &x); got != want || total != sum || sound != own {
			t.Fatalf("energy %d, want %d; sums alike: %v; sound alike: %v", got, want, total == sum, sound == own)
		}
		for i, v := range x {
			if sound.at(i) != int32(v) {
				t.Fatalf("sample %d is %d, want %d", i, sound.at(i), v)
			}
		}
		var got, want [chunk]int16
		a, b := minusChunk(&got, &total, &sound), minusScalar(&want, &sum, &own)
		if got != want || a&signs != b&signs {
			t.Fatal("not the same without its own")
		}
		var values [chunk]int32
		sum.unpackWithout(&own, values[:])
		fits := true
		for _, v := range values {
			fits = fits && v <= threshold && v >= -threshold
		}
		if fits != (b&signs == 0) {
			t.Fatalf("within the threshold: %v", fits)
		}
	}
}
