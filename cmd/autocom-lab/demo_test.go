package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// The test program plays the box when it is called as one: a registrar where
// every call is refused, with the commands the demo asks.
func TestMain(m *testing.M) {
	if os.Getenv("AUTOCOM_LAB_STUB") != "" {
		if err := stub(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "stub:", err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	_ = os.Remove(built()) // the interoperability tests' box and console, when they ran
	_ = os.Remove(built() + "-cloud")
	os.Exit(code)
}

// built is where the interoperability tests build the box.
func built() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("autocom-interop-%d", os.Getpid()))
}

func stub(args []string) error {
	after := func(flag string) string {
		if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
			return args[i+1]
		}
		return ""
	}
	ready := filepath.Join(after("--dir"), "ready")
	switch args[0] {
	case "status":
		if _, err := os.Stat(ready); err != nil {
			return err
		}
		fmt.Println(`{"site":{"name":"stub"},"media":{"up":true}}`)
		return nil
	case "calls":
		fmt.Println(`{"kind":"call.opened","body":{"call":"c1","flow":"inbound","dialled":"+33472000000"}}`)
		fmt.Println(`{"kind":"call.ended","body":{"call":"c1","outcome":"abandoned","stage":"queue","wait_ms":1500}}`)
		time.Sleep(time.Minute) // the demo ends it
		return nil
	}
	text, err := os.ReadFile(after("--site"))
	if err != nil {
		return err
	}
	at := regexp.MustCompile(`sip: "?([^\s"]+)`).FindSubmatch(text)
	if at == nil {
		return fmt.Errorf("no address in the document")
	}
	conn, err := net.ListenPacket("udp", string(at[1]))
	if err != nil {
		return err
	}
	if os.Getenv("AUTOCOM_LAB_STUB") == "dies" {
		return fmt.Errorf("planned end")
	}
	if err := os.WriteFile(ready, nil, 0o600); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() { <-stop; _ = conn.Close() }()
	buf := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return nil
		}
		m, err := sipmsg.Parse(buf[:n])
		if err != nil || m.Method == "ACK" || m.Code != 0 {
			continue
		}
		r := &sipmsg.Message{Code: 200, Reason: "OK"}
		if m.Method == "INVITE" {
			r.Code, r.Reason = 480, "Temporarily Unavailable"
		}
		for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Contact"} {
			if v := m.Header(h); v != "" {
				r.Add(h, v)
			}
		}
		if _, err := conn.WriteTo(r.Append(nil), from); err != nil {
			return err
		}
	}
}

func stubbed(t *testing.T, how string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AUTOCOM_BIN", self)
	t.Setenv("AUTOCOM_LAB_STUB", how)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func TestDemoOpensTellsAndCleansUp(t *testing.T) {
	dir := stubbed(t, "lives")
	out, err := lab(t, "demo", "--for", "3s", "--every", "200ms", "--console", "off", "--sip", "127.0.0.1:0", "--json")
	if err != nil {
		t.Fatal(err, out)
	}
	var kinds []string
	for line := range strings.Lines(out) {
		var o struct {
			What     string         `json:"what"`
			Came     int            `json:"came"`
			Outcomes map[string]int `json:"outcomes"`
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		kinds = append(kinds, o.What)
		if o.What == "summary" && (o.Came != 1 || o.Outcomes["abandoned"] != 1) {
			t.Errorf("summary %s", line)
		}
	}
	for _, want := range []string{"ready", "call.opened", "call.ended", "summary"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no %s in %v", want, kinds)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the demo left %v behind, %v", left, err)
	}
}

func TestDemoSaysWhyTheBoxDoesNotStart(t *testing.T) {
	stubbed(t, "dies")
	out, err := lab(t, "demo", "--for", "20s", "--console", "off", "--sip", "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "planned end") {
		t.Errorf("%v\n%s", err, out)
	}
}
