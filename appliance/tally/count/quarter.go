package count

// QuarterMS is a quarter of an hour.
const QuarterMS = 15 * 60 * 1000

// Quarter is one quarter of an hour: its beginning in Unix time, divided by fifteen minutes. Every zone in use today is whole quarters away from
// UTC, so that a quarter is the same one by every branch's clock, and the hour that comes twice in autumn is eight quarters.
type Quarter int64

// QuarterOf is the quarter in which a Unix time in ms lies.
func QuarterOf(utc int64) Quarter {
	q := utc / QuarterMS
	if utc%QuarterMS < 0 {
		q--
	}
	return Quarter(q)
}

// UTC is when the quarter begins, in Unix ms.
func (q Quarter) UTC() int64 { return int64(q) * QuarterMS }
