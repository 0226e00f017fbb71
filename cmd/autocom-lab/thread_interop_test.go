//go:build interop

package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/relay"
	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/cloud"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/ua"

	_ "modernc.org/sqlite"
)

// The thread through the whole product, short form: no virtual machine, everything else real. A box that was just unpacked is enrolled with a
// claim code, gets its document from the console, serves a call, and the console sees the call once: also after the link was cut and both sides
// were killed in between.

// cloudProgram builds the console once for all tests of this package.
func cloudProgram(t *testing.T) string {
	t.Helper()
	if p := os.Getenv("AUTOCOM_CLOUD_BIN"); p != "" {
		return p
	}
	p := built() + "-cloud"
	if _, err := os.Stat(p); err != nil {
		cmd := exec.Command("go", "build", "-o", p, "autocom/cmd/autocom-cloud")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("the console cannot be built: %v\n%s", err, out)
		}
	}
	return p
}

// A thread is a box, its console, and the bad line between them.
type thread struct {
	*office
	cloud *cloud.Cloud
	admin *cloud.Admin
	site  string
	link  *relay.Line
}

// factory is the document of a box that was just unpacked: where it listens, and nobody to call.
const factory = `version: 1
site: {name: Autocom}
network: {sip: "%s", rtp: {first: %d, last: %d}, phones: [127.0.0.0/8], max_calls: 20}
`

// unpack starts a console with one empty site, and a box that knows nothing of it.
func unpack(t *testing.T) *thread {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	t.Cleanup(cancel)
	th := &thread{office: &office{t: t, ctx: ctx, dir: t.TempDir()}}
	var err error
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	if th.cloud, err = cloud.Start(ctx, cloudProgram(t), filepath.Join(th.dir, "console"), loopback, loopback); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		th.cloud.Close()
		if t.Failed() {
			t.Log("the console's last words:\n" + th.cloud.LastWords())
		}
	})
	code, err := th.cloud.AddTenant(ctx, "Maison Verdier")
	if err != nil {
		t.Fatal(err)
	}
	if th.admin, err = th.cloud.SetUp(ctx, code, "camille@verdier.example", "Camille Verdier", cloud.Password()); err != nil {
		t.Fatal(err)
	}
	if th.site, err = th.admin.AddSite(ctx, "Toulouse"); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	th.link = relay.New(l, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", strings.TrimPrefix(th.cloud.Devices, "https://"))
	})
	t.Cleanup(func() { _ = th.link.Close() })

	th.Branch = branch.Demo(free(t, "127.0.0.1"), free(t, "127.0.0.2"))
	th.RTPFirst, th.RTPLast, th.MaxCalls = 22000, 22199, 20
	document := filepath.Join(th.dir, "site.yaml")
	if err := os.WriteFile(document, fmt.Appendf(nil, factory, th.SIP, th.RTPFirst, th.RTPLast), 0o600); err != nil {
		t.Fatal(err)
	}
	if th.box, err = box.Start(program(t), th.dir, document, "info", "--trial", "8s"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			all, err := th.box.Facts(context.Background())
			t.Log("facts:", facts(all), err)
			t.Log(th.box.Do(context.Background(), "trace", "1-000001").Out)
			t.Logf("the link: %+v", th.box.Do(context.Background(), "cloud", "status"))
		}
		th.box.Close()
		if t.Failed() {
			t.Log("the box's last words:\n" + th.box.LastWords())
		}
	})
	if _, err := th.box.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return th
}

// server is the console's device listener as the installer types it: behind the bad line.
func (th *thread) server() string { return "https://" + th.link.Addr().String() }

// claim is a fresh claim code for the site's box.
func (th *thread) claim() string {
	th.t.Helper()
	c, err := th.admin.Claim(th.ctx, th.site)
	if err != nil {
		th.t.Fatal(err)
	}
	return c.Code
}

// publish publishes a document and waits for its end.
func (th *thread) publish(text, reason, want string) string {
	th.t.Helper()
	r, err := th.admin.Publish(th.ctx, th.site, text, reason)
	if err != nil {
		th.t.Fatal(err)
	}
	if r, err = th.admin.Settled(th.ctx, th.site, r.Number); err != nil || r.State != want {
		th.t.Fatalf("revision %d is %s (%s), want %s: %v", r.Number, r.State, r.Why, want, err)
	}
	return r.Why
}

// document is the branch's document.
func (th *thread) document() string {
	th.t.Helper()
	path, err := th.Write(th.t.TempDir())
	if err != nil {
		th.t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		th.t.Fatal(err)
	}
	return string(text)
}

// talk lets somebody outside call the branch, hears both sides, and hangs up.
func (th *thread) talk(ca *carrier.Carrier) {
	th.t.Helper()
	l, err := ca.Call(serviceNumber, "0612345678", line.Options{Sound: line.Tone(440)})
	if err != nil {
		th.t.Fatal(err)
	}
	defer l.Close()
	th.answered(l)
	th.hear("the caller", l, branch.Tone("201"))
	l.Call.HangUp()
}

// seen waits until the console shows as many calls as were made, each once and answered, and none twice.
func (th *thread) seen(calls int) {
	th.t.Helper()
	for {
		rows, err := th.admin.Calls(th.ctx, th.site)
		if err != nil {
			th.t.Fatal(err)
		}
		names, over := map[string]int{}, 0
		for _, r := range rows {
			names[r.Call]++
			if r.Outcome == "answered" {
				over++
			}
		}
		if len(rows) == calls && len(names) == calls && over == calls {
			return
		}
		if len(rows) > calls || len(names) < len(rows) {
			th.t.Fatalf("%d calls were made, the console shows %+v", calls, rows)
		}
		select {
		case <-th.ctx.Done():
			th.t.Fatalf("%d calls were made, the console shows %+v", calls, rows)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// whole waits until every fact of the box's journal is in the console's database, each once: no more, no fewer, and with the words it was written in.
func (th *thread) whole() {
	th.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(th.dir, "console", "database", "cloud.db")+"?mode=ro")
	if err != nil {
		th.t.Fatal(err)
	}
	defer db.Close()
	for {
		there := th.there(db)
		here, err := th.box.Facts(th.ctx)
		if err != nil {
			th.t.Fatal(err)
		}
		same := len(here) == len(there)
		for _, f := range here {
			at := fmt.Sprintf("%s/%d/%d", f.Address.Stream, f.Address.Epoch, f.Address.N)
			words, known := there[at]
			if known && words != f.Kind+string(f.Body) {
				th.t.Fatalf("fact %s is %s%s at the box and %s in the console", at, f.Kind, f.Body, words)
			}
			same = same && known
		}
		if same {
			return
		}
		select {
		case <-th.ctx.Done():
			th.t.Fatalf("the box has %d facts, the console %d", len(here), len(there))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// there is what the console's database holds: the words of every fact, by its address.
func (th *thread) there(db *sql.DB) map[string]string {
	th.t.Helper()
	there := map[string]string{}
	rows, err := db.QueryContext(th.ctx, "SELECT stream, epoch, n, json_extract(CAST(body AS TEXT), '$.kind') || json_extract(CAST(body AS TEXT), '$.body') FROM facts")
	if err != nil {
		th.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var stream, words string
		var epoch, n int64
		if err := rows.Scan(&stream, &epoch, &n, &words); err != nil {
			th.t.Fatal(err)
		}
		at := fmt.Sprintf("%s/%d/%d", stream, epoch, n)
		if there[at] != "" {
			th.t.Fatalf("fact %s is there twice", at)
		}
		there[at] = words
	}
	if err := rows.Err(); err != nil {
		th.t.Fatal(err)
	}
	return there
}

func TestThreadFromAnUnpackedBoxToItsCallsInTheConsole(t *testing.T) {
	th := unpack(t)
	claim := th.claim()
	if a := th.box.Do(th.ctx, "cloud", "enrol", "--server", th.server(), "0000-0000-0001"); a.Code == 0 || a.Err == "" {
		t.Fatalf("a wrong claim code was taken: %+v", a)
	}
	if a := th.box.Do(th.ctx, "cloud", "enrol", "--server", th.server(), claim); a.Code != 0 {
		t.Fatalf("enrol: %+v", a)
	}
	if a := th.box.Do(th.ctx, "cloud", "enrol", "--server", th.server(), claim); a.Code == 0 {
		t.Fatalf("a claim code was taken twice: %+v", a)
	}
	th.publish(th.document(), "Premier document", "confirmed")

	p, _ := th.Phone("201")
	ph, err := phone.Open(netip.MustParseAddrPort("127.0.0.12:0"), th.SIP, ua.Account{User: "201", Secret: p.Secret}, phone.Manners{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ph.Close)
	if err := ph.Registered(th.ctx); err != nil {
		t.Fatal(err)
	}
	ca, err := carrier.Open(th.Carrier, th.SIP, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ca.Close)
	th.talk(ca)
	th.seen(1)

	th.link.Cut()
	th.talk(ca) // nobody at the branch notices
	th.cloud.Kill()
	if _, err := th.box.Kill("core"); err != nil {
		t.Fatal(err)
	}
	if _, err := th.box.Ready(th.ctx); err != nil {
		t.Fatal(err)
	}
	th.reachable("201")
	th.talk(ca)
	if err := th.cloud.Run(th.ctx); err != nil {
		t.Fatal(err)
	}
	th.link.Restore()
	th.seen(3)
	th.whole()
}

func TestThreadDocumentThatCutsTheLinkGoesBackByItself(t *testing.T) {
	th := unpack(t)
	if a := th.box.Do(th.ctx, "cloud", "enrol", "--server", th.server(), th.claim()); a.Code != 0 {
		t.Fatalf("enrol: %+v", a)
	}
	good := th.document()
	th.publish(good, "Premier document", "confirmed")
	why := th.publish(good+"\ncloud: {proxy: \"http://127.0.0.1:9\"}\n", "Un mandataire qui n'existe pas", "reverted")
	if why == "" {
		t.Error("the console is not told why the document went back")
	}
	text, err := os.ReadFile(filepath.Join(th.dir, "site.yaml"))
	if err != nil || strings.Contains(string(text), "proxy") {
		t.Errorf("the box lives by %q, %v", text, err)
	}
}
