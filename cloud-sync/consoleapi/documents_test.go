package consoleapi

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/google/go-cmp/cmp"
)

// TestPasswordsShowNowhere saves, edits and publishes a document with passwords: the cloud has them, no answer does.
func TestPasswordsShowNowhere(t *testing.T) {
	w := newWorld(t)
	tenant, b := w.tenant("Dupont")
	at := "/api/sites/" + read[SiteRow](b, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID
	id := central.SiteID(strings.TrimPrefix(at, "/api/sites/"))
	stored := func() string {
		t.Helper()
		d, err := w.cloud.Draft(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(d.Text, Masked) {
			t.Fatalf("a mask was stored:\n%s", d.Text)
		}
		return d.Text
	}
	hidden := func(answer []byte) {
		t.Helper()
		for _, s := range []string{"change-me", "hunter2"} {
			if strings.Contains(string(answer), s) {
				t.Errorf("%s shows in %s", s, answer)
			}
		}
	}
	view := func(text []byte) (v DraftView) {
		t.Helper()
		hidden(text)
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	d := view(b.want(200, "GET", at+"/draft", nil))
	if d.Tag != "" || d.Base != 0 || !strings.Contains(d.Text, "Lyon") {
		t.Errorf("%+v", d)
	}
	text := example(t)
	d = view(b.want(200, "PUT", at+"/draft", DraftText{Text: text}))
	if len(d.Problems) > 0 || stored() != text || d.By != "Name of owner@dupont.example" {
		t.Fatalf("%+v", d.Problems)
	}
	// The masked text comes back with two changes: every other byte stays.
	d = view(b.want(200, "PUT", at+"/draft", DraftText{Tag: d.Tag, Text: strings.Replace(d.Text, "max_wait: 3m", "max_wait: 4m", 1)}))
	if want := strings.Replace(text, "max_wait: 3m", "max_wait: 4m", 1); strings.Count(stored(), "change-me") != 2 || len(stored()) != len(want) {
		t.Error(cmp.Diff(want, stored()))
	}
	d = view(b.want(200, "PATCH", at+"/draft", DraftEdits{Tag: d.Tag, Edits: []Edit{
		{"set", "extensions[0].secret", Masked},
		{"set", "extensions[1].secret", "hunter2-hunter2"},
		{"set", "extensions[1].name", "Benoît"},
	}}))
	if s := stored(); !strings.Contains(s, "change-me-Wq7r2Lx9") || !strings.Contains(s, "hunter2-hunter2") || strings.Contains(s, "change-me-Tn4k8Bv1") {
		t.Error(s)
	}
	f := read[wire.Failure](b, 422, "PATCH", at+"/draft", DraftEdits{Tag: d.Tag, Edits: []Edit{{"add", "extensions", map[string]any{"number": "203", "secret": Masked}}}})
	if len(f.Problems) != 1 || f.Problems[0].Path != "extensions[2].secret" {
		t.Errorf("%+v", f)
	}
	if f := read[wire.Failure](b, 409, "PUT", at+"/draft", DraftText{Tag: "g00", Text: d.Text}); f.Code != codeStale {
		t.Errorf("%+v", f)
	}
	before := stored()
	f = read[wire.Failure](b, 422, "PUT", at+"/draft", DraftText{Tag: d.Tag, Text: "a: [\nsecret: hunter2\n"})
	if f.Code != codeText || len(f.Problems) != 1 || f.Problems[0].Line != 1 || stored() != before {
		t.Errorf("%+v", f)
	}
	hidden(b.want(201, "POST", at+"/publish", PublishRequest{Tag: d.Tag, Reason: "ouverture"}))
	hidden(b.want(200, "GET", at+"/revisions", nil))
	d = view(b.want(200, "GET", at+"/draft", nil))
	if d.Base != 1 || d.Tag != "" || len(d.Changes) != 0 {
		t.Errorf("%+v", d)
	}
	d = view(b.want(200, "PATCH", at+"/draft", DraftEdits{Edits: []Edit{{"set", "extensions[0].secret", "hunter2-hunter3"}, {"set", "queues[0].max_wait", "10m"}}}))
	want := []ChangeView{{"extensions[201].secret", Masked, Masked}, {"queues[accueil].max_wait", "4m0s", "10m0s"}}
	if diff := cmp.Diff(want, d.Changes); diff != "" {
		t.Error(diff)
	}
	hidden(b.want(201, "POST", at+"/publish", PublishRequest{Tag: d.Tag}))
	r := b.want(200, "GET", at+"/revisions/2", nil)
	hidden(r)
	var rv RevisionView
	if err := json.Unmarshal(r, &rv); err != nil || !cmp.Equal(rv.Changes, want) || !strings.Contains(rv.Text, Masked) {
		t.Errorf("%v: %+v", err, rv.Changes)
	}
	d = view(b.want(200, "PATCH", at+"/draft", DraftEdits{Edits: []Edit{{"set", "queues[0].overflow", "nowhere"}}}))
	if len(d.Problems) != 1 || d.Problems[0].Path != "queues[0].overflow" || d.Problems[0].Line == 0 {
		t.Errorf("%+v", d.Problems)
	}
	hidden(b.want(422, "POST", at+"/publish", PublishRequest{Tag: d.Tag}))
	d = view(b.want(200, "DELETE", at+"/draft?tag="+d.Tag, nil))
	if d.Tag != "" || d.Base != 2 {
		t.Errorf("%+v", d)
	}
	deeds, err := w.db.People().Deeds(t.Context(), tenant, 0, 4)
	if err != nil || deeds[0].What != "publish.refused" || deeds[2].What != "publish" || deeds[3].Detail != "ouverture" || deeds[0].Site != id {
		t.Errorf("%v: %+v", err, deeds)
	}
}

// TestADayIsTheSitesOwn: visits count on the day and in the hour of the site's time zone, also on the day clocks change.
func TestADayIsTheSitesOwn(t *testing.T) {
	w := newWorld(t)
	tenant, b := w.tenant("Dupont")
	at := "/api/sites/" + read[SiteRow](b, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID
	d := read[DraftView](b, 200, "PUT", at+"/draft", DraftText{Text: example(t)})
	read[RevisionView](b, 201, "POST", at+"/publish", PublishRequest{Tag: d.Tag})
	box := w.box(tenant, central.SiteID(strings.TrimPrefix(at, "/api/sites/")))
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	// Sunday 25 October 2026 has 25 hours in Paris. The first call is at 23:59:58 of the day before, the last five seconds before its end.
	w.facts(box, time.Date(2026, 10, 24, 23, 59, 57, 0, paris), aCall("c1")...)
	more := append(aCall("c2"), fact.BoxStarted{})
	send := func(n int, from time.Time, facts []fact.Fact) {
		t.Helper()
		stream := "stream-" + string(box.Site)
		batch := wire.Batch{Stream: stream, After: fact.Address{Stream: stream, Epoch: 1, N: uint64(n)}}
		for i, f := range facts {
			text, err := json.Marshal(fact.Entry{Address: fact.Address{Stream: stream, Epoch: 1, N: uint64(n + i + 1)}, At: fact.Moment{UTC: from.UnixMilli() + int64(i)*1000, Boot: int64(i) * 1000}, Fact: f})
			if err != nil {
				t.Fatal(err)
			}
			batch.Facts = append(batch.Facts, text)
		}
		if _, err := w.cloud.Ingest(t.Context(), box, batch); err != nil {
			t.Fatal(err)
		}
	}
	send(5, time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), more)         // 2:30, the first time
	send(11, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), aCall("c3")) // 2:30, the second time
	send(16, time.Date(2026, 10, 25, 23, 59, 58, 0, paris), aCall("c4"))  // it ends tomorrow
	figures := func(day string) QueueFigures {
		t.Helper()
		v := read[queues](b, 200, "GET", at+"/queues?day="+day, nil)
		if len(v.Queues) != 2 || v.Queues[0].ID != "accueil" || v.Queues[0].Name != "Accueil" {
			t.Fatalf("%+v", v)
		}
		return v.Queues[0].Today
	}
	sunday := figures("2026-10-25")
	hours := make([]int, 24)
	hours[2], hours[23] = 2, 1
	if diff := cmp.Diff(QueueFigures{Received: 3, Answered: 3, Within: 3, GoalMS: 20_000, WaitMS: 3000, TalkMS: 9000, Hours: hours}, sunday); diff != "" {
		t.Error(diff)
	}
	if s := figures("2026-10-24"); s.Received != 1 || s.Hours[23] != 1 || s.Answered != 1 {
		t.Errorf("%+v", s)
	}
	if s := figures("2026-10-26"); s.Received != 0 {
		t.Errorf("%+v", s)
	}
	b.want(422, "GET", at+"/queues?day=2026-13-45", nil)

	// A queue is judged by its own goal, and who left at once by none: the same figure as the box's own service_level_offered.
	send(21, time.Date(2026, 10, 25, 9, 0, 0, 0, paris), []fact.Fact{
		fact.VisitEntered{Call: "c5", Visit: 1, Queue: "accueil", Position: 1},
		fact.VisitEnded{Call: "c5", Visit: 1, Queue: "accueil", Outcome: fact.VisitAbandoned, WaitMS: 2000},
		fact.CallEnded{Call: "c5", Outcome: fact.CallAbandoned},
	})
	d = read[DraftView](b, 200, "PUT", at+"/draft", DraftText{Text: strings.Replace(example(t), "service: 20s ", "service: 2s ", 1)})
	read[RevisionView](b, 201, "POST", at+"/publish", PublishRequest{Tag: d.Tag})
	if s := figures("2026-10-25"); s.Received != 4 || s.Answered != 3 || s.Within != 0 || s.GoalMS != 2000 || s.Abandoned != 1 || s.Short != 1 {
		t.Errorf("%+v", s)
	}

	page := read[calls](b, 200, "GET", at+"/calls?limit=3", nil)
	if len(page.Calls) != 3 || !page.More || page.Calls[0].Call != "c4" || page.Calls[2].Call != "c2" || page.Calls[0].Outcome != "answered" || page.Calls[0].TalkMS != 9000 {
		t.Errorf("%+v", page)
	}
	last := page.Calls[2].At
	raw, _ := json.Marshal(last)
	page = read[calls](b, 200, "GET", at+"/calls?before="+string(raw), nil)
	if len(page.Calls) != 1 || page.More || page.Calls[0].Call != "c1" {
		t.Errorf("%+v", page)
	}
	story := read[CallStory](b, 200, "GET", at+"/calls/c1", nil)
	if len(story.Steps) != 5 || story.Steps[1].MS != 1000 || story.Steps[1].Code != "visit.entered" || story.Steps[1].Args["queue"] != "accueil" || story.Row.Agent != "ana" {
		t.Errorf("%+v", story)
	}
	site := read[SiteView](b, 200, "GET", at, nil)
	codes := ""
	for _, e := range site.Story {
		codes += e.Code + " "
	}
	if !strings.Contains(codes, "revision.published") || !strings.Contains(codes, "box.started") {
		t.Errorf("the story is %s", codes)
	}
}

// TestLive watches a tenant's sites over a real connection.
func TestLive(t *testing.T) {
	w := newWorld(t)
	_, b := w.tenant("Dupont")
	_, other := w.tenant("Autre")
	id := read[SiteRow](b, 201, "POST", "/api/sites", siteName{Name: "Lyon"}).ID
	server := httptest.NewServer(w.console)
	defer server.Close()
	watch := func(b *browser) (*bufio.Reader, func()) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+livePath, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(b.cookie)
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatal(resp.Status, resp.Header)
		}
		in := bufio.NewReader(resp.Body)
		if line, err := in.ReadString('\n'); err != nil || line != ": welcome\n" {
			t.Fatal(line, err)
		}
		return in, func() { cancel(); resp.Body.Close() }
	}
	in, done := watch(b)
	defer done()
	stranger, gone := watch(other)
	read[DraftView](b, 200, "PUT", "/api/sites/"+id+"/draft", DraftText{Text: example(t)})
	var got []string
	for len(got) < 3 {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line = strings.TrimSpace(line); line != "" {
			got = append(got, line)
		}
		if len(got) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"event: change", `data: {"site":"` + id + `","what":"revision"}`}, got); diff != "" {
		t.Error(diff)
	}
	other.want(204, "DELETE", "/api/session", nil) // its stream ends with its session, and told nothing of A
	rest := new(strings.Builder)
	if _, err := stranger.WriteTo(rest); err != nil || strings.Contains(rest.String(), id) {
		t.Errorf("%v: %q", err, rest)
	}
	gone()
	for range mostOfSession - 1 {
		_, done := watch(b)
		defer done()
	}
	resp, text := b.ask("GET", livePath, nil)
	if resp.StatusCode != 429 {
		t.Errorf("one stream too many: %d %s", resp.StatusCode, text)
	}
	w.console.Close()
	if _, err := in.WriteTo(new(strings.Builder)); err != nil {
		t.Errorf("the streams do not end with the console: %v", err)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	b := &browser{world: w, address: "192.0.2.7:1"}
	for _, c := range []struct {
		path, mime, cache string
		status            int
	}{
		{"/", "text/html; charset=utf-8", "no-cache", 200},
		{"/index.html", "text/html; charset=utf-8", "no-cache", 200},
		{"/sites/s123", "text/html; charset=utf-8", "no-cache", 200},
		{"/assets/index-0a1b2c3d.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/assets/gone.js", "", "", 404},
		{"/favicon.ico", "", "", 404},
		{"/../../etc/passwd", "text/html; charset=utf-8", "no-cache", 200},
		{"/api/x", "application/json", "no-store", 404},
	} {
		r := httptest.NewRequest("GET", "http://c.example/", nil)
		r.URL.Path = c.path
		rec := httptest.NewRecorder()
		w.console.ServeHTTP(rec, r)
		if rec.Code != c.status && rec.Code/100 != 3 || c.status == 200 && rec.Code == 200 && (rec.Header().Get("Content-Type") != c.mime || rec.Header().Get("Cache-Control") != c.cache) {
			t.Errorf("%s: %d %v", c.path, rec.Code, rec.Header())
		}
		if strings.Contains(rec.Body.String(), "root:") {
			t.Errorf("%s: %s", c.path, rec.Body)
		}
	}
	resp, _ := b.ask("GET", "/", nil)
	b.header = http.Header{"If-None-Match": {resp.Header.Get("ETag")}}
	if resp, _ := b.ask("GET", "/", nil); resp.StatusCode != 304 {
		t.Errorf("the same page again: %d", resp.StatusCode)
	}
	b.want(405, "POST", "/", struct{}{})
	if text := b.want(200, "GET", "/api/openapi.json", nil); string(text) != string(w.console.Document) {
		t.Error("another document is served")
	}
}
