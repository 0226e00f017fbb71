package steward

import (
	"context"
	"errors"
	"time"
)

// followEvery is how often a follower asks for new lines: half of what a user may ask.
const followEvery = time.Second

// Follow gives the last lines of some programs, of all the box's for none, oldest first, and then those that come, until yield says no or the
// context ends. With last 0 it gives only those that come. The error is the context's when that ended it.
func (c *Client) Follow(ctx context.Context, units []Unit, last int, yield func(LogLine) bool) error {
	lines, err := c.Logs(ctx, LogQuery{Units: units, Lines: max(1, min(last, MaxLines))})
	if err != nil {
		return err
	}
	cursor := ""
	if len(lines) > 0 {
		cursor = lines[len(lines)-1].Cursor
	}
	if last <= 0 {
		lines = nil // they only told where to begin
	}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		for _, l := range lines {
			if !yield(l) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		lines, err = c.Logs(ctx, LogQuery{Units: units, Lines: MaxLines, After: cursor})
		switch {
		case errors.Is(err, ErrOften): // somebody else of this user asks too: wait
			lines = nil
		case err != nil:
			return err
		case len(lines) > 0:
			cursor = lines[len(lines)-1].Cursor
		}
	}
}
