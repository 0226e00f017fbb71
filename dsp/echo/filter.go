package echo

// The loops over the taps: all that costs. Taps are a multiple of 8; eight a turn keeps the adders busy and the bounds checked once.

// advance moves taps by step along the history of one sample ago, then predicts from the history of now: history[0] is the newest sample and
// history[len(taps)] the last of one sample ago. Both in one pass, for the taps are then read and written once. It predicts from the heard taps
// in the same pass.
func advance(taps, heard, history []float32, step float32) (learnt, said float32) {
	n := len(taps)
	history, heard = history[:n+1], heard[:n]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	x0 := history[0]
	for i := 0; i+8 <= n; i += 8 {
		w, f, h := (*[8]float32)(taps[i:]), (*[8]float32)(heard[i:]), (*[8]float32)(history[i+1:])
		x1, x2, x3, x4 := h[0], h[1], h[2], h[3]
		w0, w1, w2, w3 := w[0]+step*x1, w[1]+step*x2, w[2]+step*x3, w[3]+step*x4
		w[0], w[1], w[2], w[3] = w0, w1, w2, w3
		a0 += w0 * x0
		b0 += f[0] * x0
		a1 += w1 * x1
		b1 += f[1] * x1
		a2 += w2 * x2
		b2 += f[2] * x2
		a3 += w3 * x3
		b3 += f[3] * x3
		x5, x6, x7, x8 := h[4], h[5], h[6], h[7]
		w4, w5, w6, w7 := w[4]+step*x5, w[5]+step*x6, w[6]+step*x7, w[7]+step*x8
		w[4], w[5], w[6], w[7] = w4, w5, w6, w7
		a0 += w4 * x4
		b0 += f[4] * x4
		a1 += w5 * x5
		b1 += f[5] * x5
		a2 += w6 * x6
		b2 += f[6] * x6
		a3 += w7 * x7
		b3 += f[7] * x7
		x0 = x8
	}
	return a0 + a1 + (a2 + a3), b0 + b1 + (b2 + b3)
}

// predict is advance without a step.
func predict(taps, heard, history []float32) (learnt, said float32) {
	n := len(taps)
	history, heard = history[:n], heard[:n]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for i := 0; i+8 <= n; i += 8 {
		w, f, h := (*[8]float32)(taps[i:]), (*[8]float32)(heard[i:]), (*[8]float32)(history[i:])
		a0 += w[0] * h[0]
		b0 += f[0] * h[0]
		a1 += w[1] * h[1]
		b1 += f[1] * h[1]
		a2 += w[2] * h[2]
		b2 += f[2] * h[2]
		a3 += w[3] * h[3]
		b3 += f[3] * h[3]
		a0 += w[4] * h[4]
		b0 += f[4] * h[4]
		a1 += w[5] * h[5]
		b1 += f[5] * h[5]
		a2 += w[6] * h[6]
		b2 += f[6] * h[6]
		a3 += w[7] * h[7]
		b3 += f[7] * h[7]
	}
	return a0 + a1 + (a2 + a3), b0 + b1 + (b2 + b3)
}
