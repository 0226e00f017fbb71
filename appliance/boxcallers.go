package appliance

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/journal"
	"autocom/appliance/recording"
	"autocom/appliance/voicemail"
	"autocom/dsp/wav"
)

// mostOfCaller bounds what one caller's export holds; who calls a hundred times a day for half a year has fewer.
const mostOfCaller = 20_000

// EraseCaller forgets a number's owner under every name facts have for them, and does not call them back any more. Their keys go last: while something could
// not be erased, the number still finds what remains, and the command can be given again.
func (b *box) EraseCaller(ctx context.Context, number, by string) (console.Forgotten, error) {
	all, err := b.subjectsOf(ctx, number)
	if err != nil {
		return console.Forgotten{}, err
	}
	gone := console.Forgotten{Subject: string(all[0])}
	for _, s := range all {
		gone.Subjects = append(gone.Subjects, string(s))
	}
	if gone.Callbacks, err = b.forgetCallbacks(ctx, all, by); err != nil {
		return console.Forgotten{}, fmt.Errorf("they may still be called back, so nothing is erased yet: give the command again: %w", err)
	}
	if err := b.forgetContacts(ctx, number, by); err != nil {
		return console.Forgotten{}, fmt.Errorf("campaigns may still call them, so nothing more is erased yet: give the command again: %w", err)
	}
	if err := errors.Join(b.lasting.save(ctx), b.lists.erase(ctx)); err != nil {
		return console.Forgotten{}, fmt.Errorf("what is kept for a power cut still holds them, so nothing more is erased yet: give the command again: %w", err)
	}
	erased := make([]fact.SubjectErased, 0, len(all))
	for _, s := range all {
		f, eraseErr := b.eraseSounds(ctx, s, by)
		erased, err = append(erased, f), errors.Join(err, eraseErr)
	}
	if err != nil {
		return console.Forgotten{}, fmt.Errorf("not everything could be erased, so the number is not forgotten yet: give the command again: %w", err)
	}
	for _, f := range erased {
		if err := b.journal.Erase(ctx, f.Subject); err != nil {
			return console.Forgotten{}, fmt.Errorf("recordings and messages are erased, the number is not: give the command again: %w", err)
		}
		b.note(f)
		gone.Recordings, gone.Messages = gone.Recordings+f.Recordings, gone.Messages+f.Messages
	}
	if b.ledger != nil {
		if err := b.ledger.Sweep(); err != nil {
			b.log.Warn("the dialogs of a caller's last calls are still in memory until the calls that are up have ended", "err", err)
		}
	}
	return gone, nil
}

// eraseSounds erases the recordings and messages of one subject, and tells of each.
func (b *box) eraseSounds(ctx context.Context, s fact.Subject, by string) (fact.SubjectErased, error) {
	recordings, err := b.archive.EraseSubject(ctx, s, by)
	for _, r := range recordings {
		b.note(fact.RecordingErased{Recording: string(r.ID), Call: string(r.Call), By: by, Why: recording.WhySubject})
	}
	messages, messagesErr := b.boxes.EraseSubject(ctx, s, by)
	for _, m := range messages {
		b.note(fact.RecordingErased{Recording: string(m.ID), Call: string(m.Call), Box: m.Box, By: by, Why: recording.WhySubject})
	}
	return fact.SubjectErased{Subject: s, By: by, Recordings: len(recordings), Messages: len(messages)}, errors.Join(err, messagesErr)
}

// Callbacks lists who waits to be called back.
func (b *box) Callbacks(ctx context.Context) ([]console.Callback, error) {
	out := []console.Callback{}
	err := b.loop.ask(ctx, func(state *exchange.State, _ fact.Moment) {
		for _, k := range state.Callbacks() {
			out = append(out, console.Callback{
				ID: k.ID, Queue: k.Queue, Number: k.Number, Source: k.Source, WaitMS: k.SinceMS, Attempts: k.Attempts, Call: string(k.Call),
			})
		}
	})
	return out, err
}

// callbacksOf are somebody's wishes to be called back: the exchange holds their number until it has called.
func (b *box) callbacksOf(ctx context.Context, them []fact.Subject) (theirs []exchange.CallbackView, err error) {
	err = b.loop.ask(ctx, func(state *exchange.State, _ fact.Moment) {
		theirs = slices.DeleteFunc(state.Callbacks(), func(k exchange.CallbackView) bool { return !slices.Contains(them, k.Subject) })
	})
	return theirs, err
}

// forgetContacts takes somebody out of every campaign.
func (b *box) forgetContacts(ctx context.Context, number, by string) error {
	_, err := b.asked(ctx, func(id exchange.RequestID) error {
		b.loop.tell(exchange.PersonErase{Request: id, By: by, Number: number})
		return nil
	})
	if _, none := errors.AsType[*console.Refused](err); none { // what is no number of the country's is in no campaign
		return nil
	}
	return err
}

// forgetCallbacks takes somebody's wishes to be called back out of their queues.
func (b *box) forgetCallbacks(ctx context.Context, them []fact.Subject, by string) (n int, err error) {
	theirs, err := b.callbacksOf(ctx, them)
	if err != nil {
		return 0, err
	}
	for _, k := range theirs {
		_, err := b.asked(ctx, func(id exchange.RequestID) error {
			b.loop.tell(exchange.CallbackCancel{Request: id, By: by, Callback: k.ID})
			return nil
		})
		if _, over := errors.AsType[*console.Refused](err); err != nil && !over { // one that is over is taken back enough
			return n, err
		}
		n++
	}
	return n, nil
}

// ExportCaller writes everything the box keeps of a number's owner: who they are, the facts of their calls, their recordings and their messages.
func (b *box) ExportCaller(ctx context.Context, number, by string, w io.Writer) error {
	them, err := b.subjectsOf(ctx, number)
	if err != nil {
		return err
	}
	who, err := b.journal.Reveal(ctx, them[0])
	if err != nil {
		return err
	}
	recordings, err := b.archive.List(ctx, recording.Query{Subjects: them, Most: mostOfCaller})
	if err != nil {
		return err
	}
	messages, err := b.boxes.List(ctx, voicemail.Query{Subjects: them, Erased: true, Most: mostOfCaller})
	if err != nil {
		return err
	}
	callbacks, err := b.callbacksOf(ctx, them)
	if err != nil {
		return err
	}
	var contacts []campaign.Contact
	if err := b.loop.ask(ctx, func(state *exchange.State, _ fact.Moment) { contacts = state.ContactsOf(who.Number) }); err != nil {
		return err
	}
	for _, s := range them {
		b.note(fact.SubjectRead{Subject: s, By: by, Recordings: len(recordings), Messages: len(messages)})
	}
	out := zip.NewWriter(w)
	x := callerFile{box: b, zip: out}
	err = x.json("person.json", struct {
		journal.Person
		Subject  fact.Subject   `json:"subject"`
		Subjects []fact.Subject `json:"subjects"`
	}{who, them[0], them})
	if err == nil {
		err = x.facts(ctx, them)
	}
	if err == nil {
		err = x.json("callbacks.json", callbacks)
	}
	if err == nil {
		err = x.json("contacts.json", contacts)
	}
	if err == nil {
		err = x.json("recordings.json", append([]recording.Recording{}, recordings...))
	}
	for _, r := range recordings {
		if err == nil && r.State != recording.Erased {
			b.note(fact.RecordingRead{Recording: string(r.ID), Call: string(r.Call), By: by, How: "access"})
			err = x.sound("recordings/"+string(r.ID)+".wav", func(w io.Writer) error {
				_, err := b.archive.Export(ctx, r.ID, wav.PCM16, w)
				return err
			})
		}
	}
	if err == nil {
		err = x.json("messages.json", append([]voicemail.Message{}, messages...)) // none are an empty list
	}
	for _, m := range messages {
		if err == nil && m.State != voicemail.Erased {
			b.note(fact.RecordingRead{Recording: string(m.ID), Call: string(m.Call), Box: m.Box, By: by, How: "access"})
			err = x.sound("messages/"+string(m.ID)+".wav", func(w io.Writer) error {
				_, err := b.boxes.Export(ctx, m.ID, wav.PCM16, w)
				return err
			})
		}
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// callerFile is the ZIP being written.
type callerFile struct {
	box *box
	zip *zip.Writer
}

func (x callerFile) json(name string, v any) error {
	f, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// sound stores a WAV file as it is; one that cannot be read is told inside, and the rest goes on.
func (x callerFile) sound(name string, write func(io.Writer) error) error {
	f, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		x.box.log.Warn("a sound of a caller's export cannot be read", "file", name, "err", err)
		return x.json(name+".error.json", map[string]string{"error": err.Error()})
	}
	return nil
}

// facts writes the facts of the person's calls and callbacks, one a line.
func (x callerFile) facts(ctx context.Context, them []fact.Subject) error {
	f, err := x.zip.Create("facts.ndjson")
	if err != nil {
		return err
	}
	theirs, wishes := map[string]bool{}, map[string]bool{}
	out := json.NewEncoder(f)
	var writeErr error
	err = x.box.Facts(ctx, fact.Address{}, false, func(e fact.Entry) bool {
		if c, is := e.Fact.(fact.CallOpened); is && (slices.Contains(them, c.Caller) || slices.Contains(them, c.Callee)) {
			theirs[c.Call] = true
		}
		wish := false
		switch f := e.Fact.(type) {
		case fact.CallbackRequested:
			wish = slices.Contains(them, f.Subject)
			if wish {
				wishes[f.Callback] = true
			}
		case fact.CallbackEnded:
			wish = wishes[f.Callback]
		default: // of a call, or not theirs
		}
		if call := console.CallOf(e.Fact); wish || call != "" && theirs[call] {
			writeErr = out.Encode(e)
		}
		return writeErr == nil
	})
	return errors.Join(err, writeErr)
}
