package appliance

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
	"autocom/appliance/recording"
	"autocom/appliance/voicemail"
)

// A carrier writes one number in several ways, so facts have several names for one person: all of them are shown, and all are forgotten (RGPD art. 17).
// Somebody else's number stays, however near.
func TestEveryNameOfANumberIsForgotten(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	numbers := map[string]bool{paul: true, "0612345678": true, "0033612345678": true, "33612345678": true, "612345678": true, "+33612345679": false, "0712345678": false}
	names := map[string]fact.Subject{}
	for number := range numbers {
		s := c.journal.Subject(number, "")
		names[number] = s
		id := plan.RecordingID("r" + strings.ReplaceAll(number, "+", "p"))
		f, _, err := c.archive.Create(t.Context(), id, recording.Origin{Call: "c1", Subject: s})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.archive.Finish(t.Context(), id, 2000, ""); err != nil {
			t.Fatal(err)
		}
		f, _, err = c.boxes.Create(t.Context(), "m"+id, voicemail.Origin{Box: "queue:accueil", Call: "c2", Subject: s}, voicemail.Limits{Messages: 99, Seconds: 999})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.boxes.Finish(t.Context(), "m"+id, 2000, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, typed := range []string{"06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678"} {
		if all, err := b.Recordings(t.Context(), console.RecordsQuery{Caller: typed}); err != nil || len(all) != 5 {
			t.Errorf("recordings of %s: %+v, %v", typed, all, err)
		}
		if all, err := b.Messages(t.Context(), console.RecordsQuery{Caller: typed}); err != nil || len(all) != 5 {
			t.Errorf("messages of %s: %+v, %v", typed, all, err)
		}
	}
	var out bytes.Buffer
	if err := b.ExportCaller(t.Context(), "0612345678", "user:root", &out); err != nil {
		t.Fatal(err)
	}
	person, sounds := zipped(t, out.Bytes(), "person.json"), zipped(t, out.Bytes(), "recordings.json")
	for number, theirs := range numbers {
		if strings.Contains(person, string(names[number])) != theirs || strings.Contains(sounds, string(names[number])) != theirs {
			t.Errorf("the export and %s: %s", number, person)
		}
	}
	gone, err := b.EraseCaller(t.Context(), "06.12.34.56.78", "user:root")
	if err != nil || gone.Recordings != 5 || gone.Messages != 5 || len(gone.Subjects) != 5 {
		t.Errorf("%+v, %v", gone, err)
	}
	for number, theirs := range numbers {
		_, err := c.journal.Reveal(t.Context(), names[number])
		if errors.Is(err, journal.ErrErased) != theirs || !theirs && err != nil || slices.Contains(gone.Subjects, string(names[number])) != theirs {
			t.Errorf("%s: %v", number, err)
		}
		left, err := c.archive.List(t.Context(), recording.Query{Subjects: []fact.Subject{names[number]}, Present: true})
		if err != nil || (len(left) == 0) != theirs {
			t.Errorf("%s: %+v, %v", number, left, err)
		}
	}
	until(t, "each name is told", func() bool { return len(told[fact.SubjectErased](t, c)) == 5 })
	if _, err := b.EraseCaller(t.Context(), paul, "user:root"); !errors.Is(err, console.ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}
}
