//go:build interop

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/carrier"
	"autocom/cmd/autocom-lab/internal/phone"
)

// A trial is one step of `autocom trunk test --json`.
type trial struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Skipped  bool   `json:"skipped"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy"`
	TookMS   int64  `json:"took_ms"`
}

// prove tests the trunk by a carrier of those habits.
func prove(t *testing.T, o *office, h carrier.Habits, more ...string) (steps map[string]trial, code int) {
	t.Helper()
	c, err := carrier.OpenLoop(o.Carrier, o.SIP, []string{"+33472000000"}, h)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := o.box.Do(o.ctx, append([]string{"trunk", "test", "lab", "--json"}, more...)...)
	for strings.Contains(a.Err, "under way") && o.ctx.Err() == nil { // the end of the one before
		<-time.After(200 * time.Millisecond)
		a = o.box.Do(o.ctx, append([]string{"trunk", "test", "lab", "--json"}, more...)...)
	}
	for strings.Contains(a.Err, "under way") && o.ctx.Err() == nil { // the end of the one before
		<-time.After(200 * time.Millisecond)
		a = o.box.Do(o.ctx, append([]string{"trunk", "test", "lab", "--json"}, more...)...)
	}
	var list []trial
	if err := json.Unmarshal([]byte(a.Out), &list); err != nil {
		t.Fatalf("%v: %+v", err, a)
	}
	steps = map[string]trial{}
	for _, s := range list {
		t.Logf("%-10s ok %-5v skipped %-5v %4d ms: %s %s", s.Name, s.OK, s.Skipped, s.TookMS, s.Sentence, s.Remedy)
		steps[s.Name] = s
	}
	return steps, a.Code
}

func proven(b *branch.Branch) {
	b.TrunkLines = []string{"profile: twilio"}
	b.Services = append(b.Services, branch.Service{Number: "+33472000000", Name: "Agence", Extension: "205"})
}

// Every step of the proof of a trunk passes by a carrier that does all it should, 112 on the simulated line too; nobody's phone rings, and no call
// is counted.
func TestInteropTrunkTestProvesALine(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 18, proven)
	d := o.desk("205")
	steps, code := prove(t, o, carrier.Habits{}, "--emergency")
	for _, name := range []string{"out", "in", "identity", "dtmf", "hold", "refresh", "hang-up", "emergency"} {
		if s, ok := steps[name]; !ok || !s.OK {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	select {
	case <-d.Incoming():
		t.Error("somebody's phone rang")
	default:
	}
	if fs := o.rest(); len(fs.of("call.opened")) != 0 {
		t.Errorf("the proof is counted as a call: %s", fs)
	}
}

// Each thing that a carrier does badly fails its own step, with its remedy.
func TestInteropTrunkTestFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 19, proven)
	o.phone("205", phone.Manners{}) // to whom our own call goes when it is not known again
	for _, c := range []struct {
		name   string
		habits carrier.Habits
		fails  string
	}{
		{"digits are lost", carrier.Habits{DropDigits: true}, "dtmf"},
		{"hold is refused", carrier.Habits{RefuseHold: true}, "hold"},
		{"another number is shown", carrier.Habits{Caller: "+33999999999"}, "in"},
	} {
		t.Log(c.name)
		steps, code := prove(t, o, c.habits)
		if s := steps[c.fails]; s.OK || s.Skipped || s.Remedy == "" || code == 0 {
			t.Errorf("%s: %s is %+v, exit code %d", c.name, c.fails, s, code)
		}
		if c.habits.Caller != "" && !strings.Contains(steps["in"].Sentence, c.habits.Caller) {
			t.Errorf("nothing is said of the number that is shown: %s", steps["in"].Sentence)
		}
		for name, s := range steps {
			if name != c.fails && !s.OK && !s.Skipped {
				t.Errorf("%s: %s fails too: %+v", c.name, name, s)
			}
		}
	}
}
