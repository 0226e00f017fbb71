package appliance

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/site"
)

// nightEvery is how often the clock is looked at: a lock may be this late, and after a change of the machine's clock too.
const nightEvery = 10 * time.Second

// nightMode is who decides on the night lock.
type nightMode int32

const (
	nightAuto nightMode = iota // the site document's hours
	nightOn                    // somebody locked the lines
	nightOff                   // somebody opened them
)

// night closes the lines outside by the site's hours, or by a person's word until they leave it to the site again.
type night struct {
	mode   atomic.Int32
	locked atomic.Bool
}

// keepNight tells the exchange when the night begins and ends.
func (c *core) keepNight(ctx context.Context) {
	tick := time.NewTicker(nightEvery)
	defer tick.Stop()
	for {
		c.lookAtNight("site", 0)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtNight tells the exchange what holds now, if that is new or somebody waits for the answer.
func (c *core) lookAtNight(by string, request exchange.RequestID) {
	locked := c.isNight(time.Now())
	if c.night.locked.Swap(locked) != locked || request != 0 {
		c.loop.tell(exchange.NightLock{Request: request, By: by, On: locked})
	}
}

func (c *core) isNight(now time.Time) bool {
	switch nightMode(c.night.mode.Load()) {
	case nightOn:
		return true
	case nightOff:
		return false
	case nightAuto:
	}
	doc := c.keeper.Current()
	return doc.Toll.Night.Locked(now.In(clocksOf(doc)))
}

// clocksOf are the clocks of a site's people.
func clocksOf(doc *site.Document) *time.Location {
	zone, err := time.LoadLocation(doc.Site.Timezone)
	if err != nil { // Check does not let it through
		return time.UTC
	}
	return zone
}

// setNight takes a person's word.
func (c *core) setNight(cmd console.Command, id exchange.RequestID) error {
	switch cmd.Mode {
	case "on":
		c.night.mode.Store(int32(nightOn))
	case "off":
		c.night.mode.Store(int32(nightOff))
	case "auto":
		c.night.mode.Store(int32(nightAuto))
	default:
		return fmt.Errorf("the night is on, off or auto, not %q", cmd.Mode)
	}
	c.lookAtNight(cmd.By, id)
	return nil
}
