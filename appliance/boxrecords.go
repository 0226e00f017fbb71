package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/vault"
	"autocom/appliance/site"
	"autocom/appliance/voicemail"
	"autocom/dsp/wav"
)

// refusal turns what an index says into what a person is told: why, and what to do.
func refusal(err error, list string) error {
	because := func(code string) error {
		return &console.Refused{Reasons: []fact.Reason{{Code: code}}}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, recording.ErrUnknown), errors.Is(err, voicemail.ErrUnknown):
		return fmt.Errorf("%w: %w: `autocom %s list` lists them", err, console.ErrNotFound, list)
	case errors.Is(err, vault.ErrErased):
		return because("recording.erased")
	case errors.Is(err, vault.ErrKeyLost):
		return because("recording.key_lost")
	case errors.Is(err, voicemail.ErrOpen):
		return because("message.open")
	default:
		return err
	}
}

// subjectsOf are the ids under which facts name a number as a person types it. They are several when a carrier wrote it in several ways.
func (c *core) subjectsOf(ctx context.Context, number string) ([]fact.Subject, error) {
	all, err := c.journal.Subjects(ctx, spellings(c.keeper.Current(), number)...)
	if err != nil || len(all) > 0 {
		return all, err
	}
	return nil, fmt.Errorf("number %q: %w: nobody who called or was called here has it, or they are forgotten already; write it as it is dialled, or with +33", number, console.ErrNotFound)
}

// spellings are the ways in which a number may have come here: as it is typed, without what people put between digits, and in every form in which the
// site's country dials it.
func spellings(doc *site.Document, typed string) []string {
	all := []string{typed}
	if digits, err := number.Clean(typed); err == nil {
		all = append(all, digits)
	}
	full, err := e164(doc, typed)
	if digits, is := strings.CutPrefix(full, "+"); err == nil && is {
		all = append(all, full, digits, "00"+digits)
		for i := 1; i <= 3 && i < len(digits); i++ { // a country's code has one to three digits
			for _, national := range []string{"0" + digits[i:], digits[i:]} {
				if same, err := e164(doc, national); err == nil && same == full {
					all = append(all, "0"+digits[i:], digits[i:])
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Recordings lists recordings.
func (b *box) Recordings(ctx context.Context, q console.RecordsQuery) ([]console.Recording, error) {
	query := recording.Query{Call: plan.CallID(q.Call), Queue: q.Queue, Agent: q.Agent, Since: q.Since, Present: q.Present, Most: q.Most}
	if q.Caller != "" {
		all, err := b.subjectsOf(ctx, q.Caller)
		if err != nil {
			return nil, err
		}
		query.Subjects = all
	}
	all, err := b.archive.List(ctx, query)
	out := make([]console.Recording, 0, len(all))
	for _, r := range all {
		out = append(out, recordingOf(r))
	}
	return out, err
}

func recordingOf(r recording.Recording) console.Recording {
	out := console.Recording{
		ID: string(r.ID), Call: string(r.Call), Subject: string(r.Subject), Queues: r.Queues, Agents: r.Agents, Started: r.Started, SoundMS: r.SoundMS,
		State: string(r.State), Error: r.Error, StartedBy: r.StartedBy, StoppedBy: r.StoppedBy, Reason: r.Reason, Basis: r.Basis,
		Keep: string(r.Keep), KeepBy: r.KeepBy, ErasedBy: r.ErasedBy, ErasedWhy: r.ErasedWhy,
	}
	for _, s := range r.Segments {
		out.Segments = append(out.Segments, console.Segment(s))
	}
	return out
}

// Recording is one of them.
func (b *box) Recording(ctx context.Context, id string) (console.Recording, error) {
	r, err := b.archive.Find(ctx, plan.RecordingID(id))
	if err != nil {
		return console.Recording{}, refusal(fmt.Errorf("recording %s: %w", id, err), "recordings")
	}
	return recordingOf(r), nil
}

// ReadRecording writes a recording as WAV. That somebody had it is told before they have the first byte.
func (b *box) ReadRecording(ctx context.Context, id, by, how string, w io.Writer) error {
	r, err := b.archive.Find(ctx, plan.RecordingID(id))
	if err == nil && r.State == recording.Erased {
		err = recording.ErrErased
	}
	if err != nil {
		return refusal(fmt.Errorf("recording %s: %w", id, err), "recordings")
	}
	b.note(fact.RecordingRead{Recording: id, Call: string(r.Call), By: by, How: how})
	done, err := b.archive.Export(ctx, r.ID, wav.PCM16, w)
	if err == nil && done.Cut != nil {
		b.log.Warn("an exported recording ends early", "recording", id, "err", done.Cut)
	}
	return refusal(err, "recordings")
}

// KeepRecording keeps a recording until its days are over, or lets it go now.
func (b *box) KeepRecording(ctx context.Context, id string, keep bool, by string) error {
	want := recording.Discard
	if keep {
		want = recording.Keep
	}
	erase, err := b.archive.Keep(ctx, plan.RecordingID(id), want, by)
	if err != nil {
		return refusal(err, "recordings")
	}
	r, err := b.archive.Find(ctx, plan.RecordingID(id))
	if err != nil {
		return refusal(err, "recordings")
	}
	b.note(fact.RecordingKept{Call: string(r.Call), Recording: id, Keep: keep, By: by})
	if erase {
		return b.recorder.discard(ctx, r.ID, by)
	}
	return nil
}

// EraseRecording forgets a recording for ever.
func (b *box) EraseRecording(ctx context.Context, id, by string) error {
	r, err := b.archive.Find(ctx, plan.RecordingID(id))
	if err == nil {
		err = b.archive.Erase(ctx, r.ID, by, recording.WhyCommand)
	}
	if err != nil {
		return refusal(fmt.Errorf("recording %s: %w", id, err), "recordings")
	}
	if r.State != recording.Erased { // once is enough
		b.note(fact.RecordingErased{Recording: id, Call: string(r.Call), By: by, Why: recording.WhyCommand})
	}
	return nil
}

// Messages lists messages.
func (b *box) Messages(ctx context.Context, q console.RecordsQuery) ([]console.VoiceMessage, error) {
	query := voicemail.Query{Box: q.Box, Since: q.Since, Erased: !q.Present, Most: q.Most}
	if q.Caller != "" {
		all, err := b.subjectsOf(ctx, q.Caller)
		if err != nil {
			return nil, err
		}
		query.Subjects = all
	}
	all, err := b.boxes.List(ctx, query)
	out := make([]console.VoiceMessage, 0, len(all))
	for _, m := range all {
		v := console.VoiceMessage{
			ID: string(m.ID), Box: m.Box, Call: string(m.Call), Left: m.Left, SoundMS: m.SoundMS, State: string(m.State), Error: m.Error, HeardBy: m.HeardBy,
		}
		if m.Subject != "" {
			if who, err := b.journal.Reveal(ctx, m.Subject); err == nil { // a number that was forgotten is not told
				v.Caller = who.Number
			}
		}
		out = append(out, v)
	}
	return out, err
}

// message is one that is there.
func (b *box) message(ctx context.Context, id string) (voicemail.Message, error) {
	m, err := b.boxes.Find(ctx, plan.RecordingID(id))
	if err == nil && m.State == voicemail.Erased {
		err = voicemail.ErrErased
	}
	if err != nil {
		return m, refusal(fmt.Errorf("message %s: %w", id, err), "voicemail")
	}
	return m, nil
}

// ReadMessage writes a message as WAV; to play it makes it heard.
func (b *box) ReadMessage(ctx context.Context, id, by, how string, w io.Writer) error {
	m, err := b.message(ctx, id)
	if err != nil {
		return err
	}
	b.note(fact.RecordingRead{Recording: id, Call: string(m.Call), Box: m.Box, By: by, How: how})
	if _, err := b.boxes.Export(ctx, m.ID, wav.PCM16, w); err != nil {
		return refusal(err, "voicemail")
	}
	if how != "play" || m.State == voicemail.Open {
		return nil
	}
	return b.MarkMessage(ctx, id, string(voicemail.Heard), by)
}

// MarkMessage makes a message heard or saved.
func (b *box) MarkMessage(ctx context.Context, id, state, by string) error {
	m, err := b.message(ctx, id)
	if err != nil {
		return err
	}
	changed := true
	if state == string(voicemail.Saved) {
		err = b.boxes.Save(ctx, m.ID, by)
	} else {
		changed, err = b.boxes.Hear(ctx, m.ID, by)
	}
	if err == nil && changed {
		b.note(fact.VoicemailMarked{Box: m.Box, Recording: id, State: state, By: by})
	}
	return refusal(err, "voicemail")
}

// EraseMessage forgets a message for ever.
func (b *box) EraseMessage(ctx context.Context, id, by string) error {
	m, err := b.message(ctx, id)
	if err != nil {
		return err
	}
	if err := b.boxes.Erase(ctx, m.ID, by, voicemail.WhyCommand); err != nil {
		return refusal(err, "voicemail")
	}
	b.note(fact.RecordingErased{Recording: id, Call: string(m.Call), Box: m.Box, By: by, Why: voicemail.WhyCommand})
	return nil
}
