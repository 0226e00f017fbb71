//go:build !(goexperiment.simd && amd64)

package mix

func gatherChunk(total, sound *lanes, x *[chunk]int16) (energy int64) {
	return gatherScalar(total, sound, x)
}

func minusChunk(o *[chunk]int16, total, own *lanes) (beyond int64) {
	return minusScalar(o, total, own)
}
