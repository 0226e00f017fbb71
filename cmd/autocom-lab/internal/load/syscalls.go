package load

import (
	"errors"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
)

// Counted is how many system calls calls without sound take.
type Counted struct {
	Calls  int                  `json:"calls"`
	Rate   int                  `json:"rate"`
	Failed int                  `json:"failed"`
	Core   float64              `json:"core"`  // for one call
	Media  float64              `json:"media"` // for one call
	Idle   map[string]float64   `json:"idle"`  // a second without calls, by process: what is taken off
	Of     map[string]box.Calls `json:"of"`
}

// idle is how long the box is watched without calls.
const idle = 5 * time.Second

// Count places n silent calls at perSecond while the box's system calls are counted, and takes off what it does without calls.
func (l *Bench) Count(n, perSecond int) (Counted, error) {
	r := Counted{Calls: n, Rate: perSecond, Idle: map[string]float64{}}
	rest, seconds, err := l.traced(func() error {
		pause(l.ctx, time.Now().Add(idle))
		return l.ctx.Err()
	})
	if err != nil {
		return r, err
	}
	for name, c := range rest {
		r.Idle[name] = float64(c.Total()) / seconds
	}
	busy, seconds, err := l.traced(func() error {
		s, err := l.Signal(n, perSecond)
		r.Failed = s.Failed
		return err
	})
	if err != nil {
		return r, err
	}
	r.Of = busy
	each := func(name string) float64 {
		return max(0, float64(busy[name].Total())-r.Idle[name]*seconds) / float64(n)
	}
	r.Core, r.Media = each("core"), each("media")
	return r, nil
}

// traced counts system calls while something is done, and for how many seconds.
func (l *Bench) traced(do func() error) (map[string]box.Calls, float64, error) {
	t, err := l.box.Trace()
	if err != nil {
		return nil, 0, err
	}
	from := time.Now()
	err = do()
	seconds := time.Since(from).Seconds()
	calls, terr := t.Stop()
	return calls, seconds, errors.Join(err, terr)
}
