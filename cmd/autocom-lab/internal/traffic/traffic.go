// Package traffic is the people who call a demo branch: some patient, some not.
package traffic

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/line"
)

// A Crowd says how people call.
type Crowd struct {
	Every    time.Duration // a new call about so often
	Services []string      // numbers called
	AtOnce   int           // calls under way at most
}

// Run places calls until ctx ends, then waits for them to be over. failed hears
// of calls that could not be made; it may be nil and is called from any goroutine.
func (c Crowd) Run(ctx context.Context, ca *carrier.Carrier, failed func(error)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	places := make(chan struct{}, c.AtOnce)
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		t.Reset(c.Every/2 + rand.N(c.Every))
		select {
		case places <- struct{}{}:
		default:
			continue
		}
		wg.Go(func() {
			defer func() { <-places }()
			if err := c.one(ctx, ca); err != nil && failed != nil {
				failed(err)
			}
		})
	}
}

// one is one person's call.
func (c Crowd) one(ctx context.Context, ca *carrier.Carrier) error {
	to := c.Services[rand.IntN(len(c.Services))]
	from := fmt.Sprintf("06%08d", rand.IntN(100_000_000))
	if rand.IntN(10) == 0 {
		from = "" // withheld
	}
	l, err := ca.Call(to, from, line.Options{Sound: line.Tone(1100)})
	if err != nil {
		return err
	}
	defer l.Close()
	patience := 10*time.Second + rand.N(20*time.Second)
	switch rand.IntN(10) {
	case 0, 1: // leaves the queue, or while a phone rings
		patience = 2*time.Second + rand.N(6*time.Second)
	case 2: // leaves at once
		patience = 500*time.Millisecond + rand.N(2*time.Second)
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.Call.Done():
	case <-ctx.Done():
	}
	return nil
}

// AgentsOf gives the telephones somebody sits at.
func AgentsOf(b branch.Branch) (agents []branch.Phone) {
	for _, p := range b.Phones {
		if p.Queues != "" {
			agents = append(agents, p)
		}
	}
	return agents
}
