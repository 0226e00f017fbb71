package appliance

import (
	"context"
	"errors"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/vault"
	"autocom/appliance/voicemail"
)

const day = 24 * time.Hour

// expireEvery is how often recordings and messages that were kept long enough, or that lost their owner, are looked for.
const expireEvery = time.Hour

// keepDays erases what is older than the site document allows and mends what a crash left, from the start and then every hour, until the context ends.
func (r *recorder) keepDays(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(r.lookAtKeys(ctx), r.expire(ctx), r.sweep(ctx)); err != nil && ctx.Err() == nil {
			r.core.log.Error("old recordings and messages are not all tidied up", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// dateAll lets the days of what was made while the clock was not sure count from now on, if it is sure.
func (r *recorder) dateAll(ctx context.Context) error {
	if !r.core.clockSure() {
		return nil
	}
	return errors.Join(r.core.archive.Date(ctx), r.core.boxes.Date(ctx))
}

// expire erases what was kept as long as it may be, whoever wants it kept; nothing while the clock is not sure.
func (r *recorder) expire(ctx context.Context) error {
	if !r.core.clockSure() {
		return nil
	}
	if err := r.dateAll(ctx); err != nil {
		return err
	}
	doc := r.core.keeper.Current()
	old, err := r.core.archive.Expire(ctx, time.Now().Add(-time.Duration(doc.Recording.Days)*day))
	for _, x := range old {
		r.core.note(fact.RecordingErased{Recording: string(x.ID), Call: string(x.Call), Why: recording.WhyExpired})
	}
	messages, messagesErr := r.core.boxes.Expire(ctx, time.Now().Add(-time.Duration(doc.Voicemail.Days)*day))
	for _, m := range messages {
		r.core.note(fact.RecordingErased{Recording: string(m.ID), Call: string(m.Call), Box: m.Box, Why: voicemail.WhyExpired})
	}
	if n := len(old) + len(messages); n > 0 {
		r.core.log.Info("recordings and messages were kept as long as they may be, and are erased", "recordings", len(old), "messages", len(messages))
	}
	return errors.Join(err, messagesErr)
}

// sweep mends both indexes against their files.
func (r *recorder) sweep(ctx context.Context) error {
	live := func() (ids []plan.RecordingID, err error) {
		err = r.core.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { ids = s.Recordings() })
		return ids, err
	}
	recordings, err := r.core.archive.Sweep(ctx, live)
	messages, messagesErr := r.core.boxes.Sweep(ctx, live)
	for of, s := range map[string]vault.Swept{"recordings": recordings.Swept, "messages": messages.Swept} {
		if len(s.Lost)+len(s.Removed) > 0 {
			r.core.log.Warn("files without an owner were moved aside or removed", "of", of, "lost", s.Lost, "removed", s.Removed)
		}
	}
	for _, id := range messages.Missing {
		m, findErr := r.core.boxes.Find(ctx, id)
		if findErr != nil {
			messagesErr = errors.Join(messagesErr, findErr)
			continue
		}
		r.core.note(fact.RecordingErased{Recording: string(id), Call: string(m.Call), Box: m.Box, Why: m.ErasedWhy})
	}
	if n := len(recordings.Closed) + len(recordings.Missing) + len(messages.Closed) + len(messages.Missing); n > 0 {
		r.core.log.Warn("recordings without an end or a file were mended", "closed", append(recordings.Closed, messages.Closed...), "missing", append(recordings.Missing, messages.Missing...))
	}
	return errors.Join(err, messagesErr)
}
