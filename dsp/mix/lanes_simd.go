//go:build goexperiment.simd && amd64

package mix

import "simd/archsimd"

// wide says whether the processor adds sixteen samples at once.
var wide = archsimd.X86.AVX512()

func gatherChunk(total, sound *lanes, x *[chunk]int16) (energy int64) {
	if !wide {
		return gatherScalar(total, sound, x)
	}
	var squares archsimd.Uint64x8
	for i := 0; i < chunk; i += 16 {
		narrow := archsimd.LoadInt16x16((*[16]int16)(x[i:]))
		v := narrow.ExtendToInt32()
		// The borrow of pack: what is negative in a lower half takes 1 from its upper half.
		v = v.Add(v.ShiftAllRight(31).AsInt64x8().ShiftAllLeft(32).AsInt32x16())
		own, sum := (*[8]int64)(sound[i/2:]), (*[8]int64)(total[i/2:])
		v.AsInt64x8().Store(own)
		archsimd.LoadInt64x8(sum).Add(v.AsInt64x8()).Store(sum)
		squares = squares.Add(narrow.DotProductPairs(narrow).AsUint32x8().ExtendToUint64())
	}
	var parts [8]uint64
	squares.Store(&parts)
	for _, p := range parts {
		energy += int64(p)
	}
	return energy
}

func minusChunk(o *[chunk]int16, total, own *lanes) (beyond int64) {
	if !wide {
		return minusScalar(o, total, own)
	}
	low, high := archsimd.BroadcastInt64x8(least), archsimd.BroadcastInt64x8(most)
	var signed archsimd.Int64x8
	for i := 0; i < chunk; i += 16 {
		v := archsimd.LoadInt64x8((*[8]int64)(total[i/2:])).Sub(archsimd.LoadInt64x8((*[8]int64)(own[i/2:])))
		signed = signed.Or(v.Sub(low)).Or(high.Sub(v))
		v.AsInt32x16().TruncateToInt16().Store((*[16]int16)(o[i:]))
	}
	var parts [8]int64
	signed.Store(&parts)
	for _, p := range parts {
		beyond |= p
	}
	return beyond
}
