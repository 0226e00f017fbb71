package echo

// order of the linear predictors here: two tones, or the colour of a room.
const order = 4

// levinson makes the predictor of a signal with those autocorrelations (Levinson and Durbin's recursion) and gives the share of the power that
// it cannot predict, 0…1. A hair of white noise keeps it stable on pure tones.
func levinson(lags [order + 1]float32, predictor *[order]float32) float32 {
	*predictor = [order]float32{}
	power := float64(lags[0]) * (1 + 1e-4)
	if power <= 0 {
		return 1
	}
	var a [order + 1]float64
	left := power
	for i := 1; i <= order; i++ {
		k := float64(lags[i])
		for j := 1; j < i; j++ {
			k -= a[j] * float64(lags[i-j])
		}
		k /= left
		k = max(-0.9999, min(0.9999, k))
		b := a
		b[i] = k
		for j := 1; j < i; j++ {
			b[j] = a[j] - k*a[i-j]
		}
		a = b
		left *= 1 - k*k
	}
	for i := range predictor {
		predictor[i] = float32(a[i+1])
	}
	return float32(left / power)
}
