package appliance

import (
	"context"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/site"
	"autocom/appliance/voicemail"
)

// fullEvery is how often the mailboxes are looked at: messages are left, heard and erased by people, which takes longer. One that fills up in between
// is refused when the message begins, as before.
const fullEvery = 5 * time.Second

// boxLimits are what one mailbox holds.
func boxLimits(doc *site.Document) voicemail.Limits {
	return voicemail.Limits{Messages: doc.Voicemail.Messages, Seconds: int64(doc.Voicemail.Seconds)}
}

// keepFullBoxes tells the exchange which mailboxes are full, so that callers hear it before the tone, until the context ends.
func (c *core) keepFullBoxes(ctx context.Context) {
	tick := time.NewTicker(fullEvery)
	defer tick.Stop()
	told, first := []string(nil), true
	for {
		full, err := c.boxes.Full(ctx, boxLimits(c.keeper.Current()))
		switch {
		case err != nil && ctx.Err() == nil:
			c.log.Error("which mailboxes are full is not known", "err", err)
		case err == nil && (first || !slices.Equal(full, told)): // an exchange that was handed over may know what held before
			c.loop.tell(exchange.MailboxesFull{Boxes: full})
			told, first = full, false
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
