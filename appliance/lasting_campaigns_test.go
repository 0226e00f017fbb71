package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/journal"

	"github.com/google/go-cmp/cmp"
)

// shelf is a journal and the file of campaigns beside it, as a core has them.
type shelf struct {
	*lastingLists
	t    *testing.T
	dir  string
	said *strings.Builder
	now  campaign.Kept // what the exchange holds
	told fact.Address
	over bool

	alarms   []string
	doubtful bool // the clock
}

const noon = int64(1_795_000_000_000) // Unix ms, November 2026

// newShelf is a core that starts where another one was.
func newShelf(t *testing.T, dir string) *shelf {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(dir, "journal"), "box", fact.Moment{UTC: noon}, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{t: t, dir: dir, said: &strings.Builder{}}
	s.lastingLists = &lastingLists{
		path: filepath.Join(dir, "campaigns.json"), log: slog.New(slog.NewTextHandler(s.said, nil)), journal: j, write: writeWhole, news: make(chan struct{}, 1),
		alarm: func(words string) { s.alarms = append(s.alarms, words) }, sure: func() bool { return !s.doubtful },
		ask: func(context.Context) (campaign.Kept, fact.Address, error) {
			d := campaign.Desk{Books: s.now.Books, People: s.now.People, Serial: s.now.Serial}
			k := d.Kept()
			k.Cuts = s.now.Cuts
			return k, s.told, nil
		},
	}
	s.open()
	t.Cleanup(s.cut)
	return s
}

// cut is the end of a core.
func (s *shelf) cut() {
	if s.over {
		return
	}
	s.over = true
	if err := s.journal.Close(); err != nil {
		s.t.Error(err)
	}
}

// happens puts facts in the journal, for good.
func (s *shelf) happens(at int64, facts ...fact.Fact) {
	s.t.Helper()
	s.told = s.journal.Append(fact.Moment{UTC: at}, facts...)
	if err := s.journal.Sync(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) saved() string {
	s.t.Helper()
	if err := s.save(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// listed is a campaign with two contacts, the first of whom was called and refused; ada is one who was erased and had refused.
func listed(s *shelf) {
	p1, p2 := s.journal.Subject("+33612345678", ""), s.journal.Subject("+33612345679", "")
	s.now = campaign.Kept{
		Serial: 2,
		Books: []campaign.Book{{Campaign: campaign.Campaign{ID: "devis", Name: "Devis", Mode: campaign.Preview, Queue: "rouge", Legal: policy.Prospecting}, Contacts: []campaign.Contact{
			{ID: "p1", Subject: p1, Number: "+33612345678", Name: "Jeanne Petit", State: campaign.Refused, Attempts: 1, Most: 3, Past: []int64{noon}, Why: "person.refused"},
			{
				ID: "p2", Subject: p2, Number: "+33612345679", State: campaign.Waiting, Custom: []campaign.Var{{Name: "contrat", Value: "4711-bleu"}},
				Consent: policy.Consent{Source: "formulaire", Text: "appelez-moi", At: noon - 5},
			},
		}}},
		People: []campaign.Person{
			{Number: "+33612345678", Subject: p1, Past: []int64{noon}, Refused: noon + 1},
			{Number: "+33655443322", Revoked: noon - 7},
		},
	}
}

// What the law counts and what a list says comes back whole, though no number, no name and no word of a list stands in the file.
func TestCampaignsOutliveAColdStart(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	if got := s.load(t.Context()); len(got.Books)+len(got.People) != 0 {
		t.Fatalf("a box that never ran remembers %+v", got)
	}
	if err := s.save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.path); !os.IsNotExist(err) {
		t.Error("a branch without campaigns has a file of them")
	}
	listed(s)
	text := s.saved()
	for _, never := range []string{"12345678", "12345679", "55443322", "Jeanne", "4711", "appelez"} {
		if strings.Contains(text, never) {
			t.Errorf("%s stands in the file", never)
		}
	}
	want := s.now
	s.cut()

	s = newShelf(t, dir)
	want.People = want.People[:1] // who was erased is known by the mark alone
	if diff := cmp.Diff(want, s.load(t.Context())); diff != "" {
		t.Error(diff)
	}
	if got := s.refusedBy([]string{"+33612345670", "", "+33655443322"}); len(got) != 1 || got[0].Revoked != noon-7 || got[0].Number != "+33655443322" {
		t.Errorf("%+v", got)
	}
}

// What happened after the file was written is in the journal: an attempt that was being made when the power went, and a refusal, count.
func TestWhatTheFileOfCampaignsDoesNotHave(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	listed(s)
	s.now.Books[0].Campaign.Paused = true
	s.happens(noon+1, fact.ContactChanged{Contact: "p1", Campaign: "devis", Subject: s.now.Books[0].Contacts[0].Subject, State: "dialling", Attempts: 1}) // is in it
	s.saved()
	p2 := s.now.Books[0].Contacts[1].Subject
	s.happens(noon+50, fact.CampaignChanged{Campaign: "devis", State: "running"}, fact.ContactChanged{
		Contact: "p2", Campaign: "devis", Subject: p2, State: "dialling", Agent: "ana", Call: "1-000009", Attempts: 1,
	}, fact.BridgeJoined{Call: "1-000009"})
	s.happens(noon+60, fact.ConsentChanged{Subject: p2, Revoked: true}, fact.CampaignImported{Campaign: "devis", Taken: 3})
	s.cut()

	s = newShelf(t, dir)
	got := s.load(t.Context())
	c := got.Books[0].Contacts[1]
	if c.State != campaign.Dialling || c.Attempts != 1 || c.Agent != "ana" || got.Books[0].Campaign.Paused || len(got.Cuts) != 1 || !got.Cuts[0].Spoke {
		t.Errorf("%+v %+v", c, got.Cuts)
	}
	if n := got.Books[0].Contacts[0].Attempts; n != 1 {
		t.Errorf("an attempt counts %d times", n)
	}
	want := campaign.Person{Number: "+33612345679", Subject: p2, Past: []int64{noon + 50}, Revoked: noon + 60}
	if diff := cmp.Diff(want, got.People[len(got.People)-1]); diff != "" {
		t.Error(diff)
	}
	if got.Serial != 5 || !strings.Contains(s.said.String(), "import it again") {
		t.Errorf("serial %d, %s", got.Serial, s.said)
	}
}

// Who is erased is nobody's contact any more, even when the file is older than the erasure; that they refused is known by a mark, for a list that
// names them again.
func TestErasedPeopleOfCampaigns(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	listed(s)
	s.saved()
	if err := s.journal.Erase(t.Context(), s.now.Books[0].Contacts[0].Subject); err != nil {
		t.Fatal(err)
	}
	s.cut()

	s = newShelf(t, dir)
	got := s.load(t.Context())
	if c := got.Books[0].Contacts; c[0].Number != "" || c[1].Number != "+33612345679" {
		t.Errorf("%+v", c)
	}
	if len(got.People) != 1 || got.People[0].Number != "" {
		t.Errorf("%+v", got.People)
	}
	if got := s.refusedBy([]string{"+33612345678"}); len(got) != 1 || got[0].Refused != noon+1 {
		t.Errorf("%+v", got)
	}

	// In a core that runs, the erasure writes the file and lets go of one that was put aside.
	s.now = campaign.Kept{Serial: 2, Books: got.Books[:1], People: []campaign.Person{{Number: "+33612345678", Refused: noon + 1}}}
	s.now.Books[0].Contacts = s.now.Books[0].Contacts[1:]
	if err := os.WriteFile(s.path+".bad", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.erase(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.path + ".bad"); !os.IsNotExist(err) {
		t.Error("a file that was put aside may still name them")
	}
	if text, _ := os.ReadFile(s.path); strings.Contains(string(text), `"p1"`) {
		t.Errorf("%s", text)
	}
	if _, known := s.journal.Known("+33612345678"); known {
		t.Error("who was erased has a subject again")
	}
}

// A file of campaigns that is damaged, or is nobody's truth, is put aside as a whole.
func TestCampaignsOfNoUseArePutAside(t *testing.T) {
	for name, spoil := range map[string]func(string) string{
		"cut":        func(s string) string { return s[:len(s)/2] },
		"newer":      func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) },
		"no state":   func(s string) string { return strings.Replace(s, `"state":1`, `"state":77`, 1) },
		"two of one": func(s string) string { return strings.Replace(s, `"id":"p2"`, `"id":"p1"`, 1) },
		"miscounted": func(s string) string { return strings.Replace(s, `"attempts":1`, `"attempts":2`, 1) },
		"an agent":   func(s string) string { return strings.Replace(s, `"state":1`, `"state":1,"agent":"ana"`, 1) },
	} {
		dir := t.TempDir()
		s := newShelf(t, dir)
		listed(s)
		text := s.saved()
		if spoil(text) == text {
			t.Fatalf("%s: nothing was spoilt in %s", name, text)
		}
		if err := os.WriteFile(s.path, []byte(spoil(text)), 0o600); err != nil {
			t.Fatal(err)
		}
		s.cut()
		s = newShelf(t, dir)
		if got := s.load(t.Context()); len(got.Books)+len(got.People) != 0 || got.Serial != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if aside, err := os.ReadFile(s.path + ".bad"); err != nil || string(aside) != spoil(text) || !strings.Contains(s.said.String(), "campaigns.json.bad") {
			t.Errorf("%s: %v %s", name, err, s.said)
		}
		if len(s.alarms) != 1 || !strings.Contains(s.alarms[0], "campaigns.json.bad") {
			t.Errorf("%s: people were told %q", name, s.alarms)
		}
	}
}

// A file that would say the same is not written again, until a start would have much of the journal to read.
func TestCampaignsAreNotWrittenForNothing(t *testing.T) {
	s := newShelf(t, t.TempDir())
	listed(s)
	writes := 0
	s.write = func(path string, text []byte) error { writes++; return writeWhole(path, text) }
	s.told = fact.Address{Stream: "box", Epoch: 1, N: 10}
	s.saved()
	s.told.N += factsBehind - 1
	s.saved()
	if writes != 1 {
		t.Errorf("written %d times", writes)
	}
	s.told.N++
	s.saved()
	s.now.People[0].Past = append(s.now.People[0].Past, noon+9)
	s.saved()
	if writes != 3 {
		t.Errorf("written %d times", writes)
	}
}

// A clock that jumped makes nobody's refusal old: what the exchange forgot meanwhile is still there at the next start (decisions/0009).
func TestAClockThatIsNotSureForgetsNoRefusal(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	listed(s)
	s.saved()
	s.now.People = nil
	s.refusals[s.journal.Mark("+33612345600")] = doNotCall{Mark: s.journal.Mark("+33612345600"), Refused: 1} // in 1970, says this clock
	s.doubtful = true
	s.saved()
	s.cut()

	s = newShelf(t, dir)
	s.now = s.load(t.Context())
	if p := s.now.People; len(p) != 1 || p[0].Number != "+33612345678" || p[0].Refused != noon+1 {
		t.Errorf("%+v", p)
	}
	if len(s.refusedBy([]string{"+33612345600"})) != 1 {
		t.Error("a refusal is old by a clock that is not sure")
	}
	s.now.People = nil
	s.saved() // by a sure clock they are old indeed
	s.cut()
	s = newShelf(t, dir)
	if p := s.load(t.Context()).People; slices.ContainsFunc(p, func(p campaign.Person) bool { return len(p.Past) > 0 }) || len(s.refusedBy([]string{"+33612345600"})) != 0 {
		t.Errorf("%+v", p)
	}
}

// RGPD art. 17 and 21 §3: who is forgotten is in neither file, nor told of by what is left of them; that they took their consent back is known all the same
// when another list names them.
func TestWhoIsForgottenIsOnNoList(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	c.loop.tell(exchange.SiteChanged{Branch: c.keeper.Current().Branch()})
	c.loop.tell(exchange.TrunkReachable{Trunk: "operateur", Reachable: true})
	ask := func(in func(exchange.RequestID) exchange.Input) {
		t.Helper()
		if _, err := b.asked(t.Context(), func(id exchange.RequestID) error { c.loop.tell(b.subjects(in(id))); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	takeIn := func(list string) {
		t.Helper()
		ask(func(id exchange.RequestID) exchange.Input {
			return exchange.CampaignImport{Request: id, By: "console", Campaign: "relance", List: "numéro;nom;contrat\n" + list}
		})
	}
	takeIn("0612345678;Paul Durand;4711\n0612345679;Anne Petit;4712")
	ask(func(id exchange.RequestID) exchange.Input {
		return exchange.ConsentSet{Request: id, By: "console", Number: "0612345678", Revoked: true}
	})
	for _, number := range []string{"0612345678", "0612345679"} {
		ask(func(id exchange.RequestID) exchange.Input {
			return exchange.CallbackAsk{Request: id, By: "console", Queue: "accueil", Number: number, Source: "command", AfterMS: 3_600_000}
		})
	}
	files := func() string {
		t.Helper()
		if err := errors.Join(c.lasting.save(t.Context()), c.lists.save(t.Context())); err != nil {
			t.Fatal(err)
		}
		quick, err := os.ReadFile(c.layout.lasting())
		lists, other := os.ReadFile(c.layout.campaigns())
		if err := errors.Join(err, other); err != nil {
			t.Fatal(err)
		}
		return string(quick) + string(lists)
	}
	paulIs, known := c.journal.Known("+33612345678")
	text := files()
	if !known || strings.Count(text, string(paulIs)) != 4 { // their callback (asked for by and of them), their contact, what is remembered of them
		t.Errorf("%s in %s", paulIs, text)
	}
	for _, never := range []string{"612345678", "612345679", "Paul", "Anne", "4711"} {
		if strings.Contains(text, never) {
			t.Errorf("%s stands in the files", never)
		}
	}
	if gone, err := b.EraseCaller(t.Context(), "0612345678", "user:root"); err != nil || gone.Callbacks != 1 {
		t.Fatalf("%+v, %v", gone, err)
	}
	quick, _ := os.ReadFile(c.layout.lasting())
	if strings.Contains(string(quick), string(paulIs)) {
		t.Errorf("what was written before the key went still has them: %s", quick)
	}
	if text := files(); strings.Contains(text, string(paulIs)) {
		t.Errorf("%s in %s", paulIs, text)
	}
	if _, known := c.journal.Known("+33612345678"); known {
		t.Error("who was erased has a subject again")
	}

	next := newLastingLists(c) // a core after this one
	next.open()
	kept := next.load(t.Context())
	if got := kept.Books[0].Contacts; len(got) != 1 || got[0].Number != "+33612345679" || got[0].Name != "Anne Petit" || got[0].Custom[0].Value != "4712" {
		t.Errorf("%+v", got)
	}
	back := newLasting(c).load(t.Context()).Callbacks
	if len(back) != 1 || back[0].Number != "+33612345679" {
		t.Errorf("%+v", back)
	}
	c.lists = next
	next.note(doNotCall{Revoked: 5}, "+33612345677") // of somebody whom the exchange knows nothing of
	takeIn("06 12 34 56 77;Paul Durand;4711")
	var people []campaign.Person
	if err := c.loop.ask(t.Context(), func(s *exchange.State, _ fact.Moment) { people = s.LastingCampaigns().People }); err != nil {
		t.Fatal(err)
	}
	if len(people) != 2 || people[0].Number != "+33612345677" || people[0].Revoked != 5 {
		t.Errorf("%+v", people)
	}
}

// The largest lists a box takes are written and read back within the time of a start, and the exchange is held up for a moment only.
func BenchmarkCampaignsOverAColdStart(b *testing.B) {
	dir := b.TempDir()
	j, err := journal.Open(b.Context(), filepath.Join(dir, "journal"), "box", fact.Moment{UTC: noon}, journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d := campaign.Desk{Books: []campaign.Book{{Campaign: campaign.Campaign{ID: "devis", Name: "Devis"}}}}
	for i := range campaign.MaxListLines {
		n := fmt.Sprintf("+336%08d", i)
		d.Serial++
		d.Books[0].Contacts = append(d.Books[0].Contacts, campaign.Contact{
			ID: fmt.Sprintf("p%d", d.Serial), Number: n, Name: "Jeanne Petit", State: campaign.Resting, Until: noon, Attempts: 1, Most: 3, Past: []int64{noon},
			Custom: []campaign.Var{{Name: "contrat", Value: "4711"}}, Consent: policy.Consent{Source: "formulaire", Text: "appelez-moi", At: noon},
		})
		d.People = append(d.People, campaign.Person{Number: n, Subject: j.Subject(n, ""), Past: []int64{noon}})
	}
	if err := j.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	l := &lastingLists{
		path: filepath.Join(dir, "campaigns.json"), log: slog.New(slog.DiscardHandler), journal: j, write: writeWhole, alarm: func(string) {}, sure: func() bool { return true },
		ask: func(context.Context) (campaign.Kept, fact.Address, error) { return d.Kept(), fact.Address{}, nil },
	}
	b.Run("ask", func(b *testing.B) {
		for b.Loop() {
			_ = d.Kept()
		}
	})
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			l.last = nil
			if err := l.save(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(l.size)/(1<<20), "MiB")
	})
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			l.open()
			if got := l.load(b.Context()); got.Books[0].Contacts[7].Number == "" {
				b.Fatal("nobody has a number")
			}
		}
	})
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
