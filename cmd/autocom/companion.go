package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"autocom/appliance"
	"autocom/appliance/console"
	"autocom/appliance/site"
	"autocom/cloud-sync/uplink"
	"autocom/cloud-sync/wire"
)

// companion is the link to the cloud as the core sees it. The core does not know the link and the link does not know the core: here they meet.
type companion struct {
	side *appliance.Side
	link *uplink.Link
}

// withCloud makes the companion of a core. trial is how long a document of the console is on trial; 0: as the link does by itself.
func withCloud(log *slog.Logger, trial time.Duration) func(*appliance.Side) (appliance.Companion, error) {
	return func(side *appliance.Side) (appliance.Companion, error) {
		pace := uplink.Pace{Trial: trial}
		if trial > 0 && trial < time.Minute {
			pace.Settle, pace.Confirm = trial/8, trial/4
		}
		link, err := uplink.New(uplink.Options{
			Dir:     side.Dir(),
			Who:     uplink.Identity{Serial: side.Serial(), Program: side.Program(), Stream: side.Stream()},
			Journal: side, Head: side, Site: documents{side}, Box: glance{side}, Teller: side,
			Log: log, Floor: built(), Proxy: func() string { return side.Document().Cloud.Proxy }, Pace: pace,
		})
		return &companion{side: side, link: link}, err
	}
}

// built is when this program was: it is later than that for sure, whatever a clock without a battery says.
func built() time.Time {
	self, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	info, err := os.Stat(self)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Run works until the context ends.
func (c *companion) Run(ctx context.Context) { c.link.Run(ctx) }

// Link tells how the link is.
func (c *companion) Link(context.Context) (console.LinkStatus, error) {
	s := c.link.State()
	out := console.LinkStatus{
		Enrolled: s.Joined, Server: s.Server, Tenant: s.TenantName, Site: s.SiteName, Device: s.Device, Up: s.Up, Since: s.Since, Trouble: s.Trouble,
		Revision: s.Revision, Trial: s.Trial, Why: s.Why, Waiting: s.Waiting, Oldest: s.Oldest, Expires: s.Expires, Revoked: s.Stopped, Clock: s.Clock,
		Code: s.Cause, Detail: s.Detail,
	}
	return out, nil
}

// Enrol joins a central console.
func (c *companion) Enrol(ctx context.Context, e console.Enrolment) (console.LinkStatus, error) {
	if s := c.link.State(); s.Joined && !s.Stopped {
		return console.LinkStatus{}, &console.LinkError{Code: "enrolled", Sentence: "this box belongs to " + s.TenantName + " already", Remedy: "let it leave that console first"}
	}
	if _, err := c.link.Enrol(ctx, e.Server, e.Claim); err != nil {
		return console.LinkStatus{}, linkError(err)
	}
	return c.Link(ctx)
}

// Leave forgets the central console.
func (c *companion) Leave(ctx context.Context) error {
	if err := c.link.Leave(); err != nil {
		return linkError(err)
	}
	return c.side.Forget(ctx)
}

// linkError gives a trouble of the link the code by which pages find their words.
func linkError(err error) error {
	t, ok := errors.AsType[*uplink.Trouble](err)
	if !ok { // the box's own disk
		return &console.LinkError{Code: string(uplink.BadFiles), Sentence: err.Error()}
	}
	return &console.LinkError{Code: t.Name(), Detail: t.Detail, Sentence: t.Sentence, Remedy: t.Remedy}
}

// documents is the site document as the link sees it.
type documents struct{ side *appliance.Side }

func (d documents) Text() ([]byte, error) { return d.side.Text() }

func (d documents) Apply(_ context.Context, text []byte) error {
	err := d.side.Take(text)
	if bad, ok := errors.AsType[*site.ProblemsError](err); ok {
		return &uplink.RefusedError{Problems: bad.Problems}
	}
	return err
}

// glance is the box's state as the link sends it.
type glance struct{ side *appliance.Side }

// Trunks are those of the document in force.
func (g glance) Trunks() []wire.Trunk { return trunksOf(g.side.Trunks()) }

func trunksOf(trunks []console.TrunkStatus) []wire.Trunk {
	all := []wire.Trunk{}
	for _, t := range trunks {
		all = append(all, wire.Trunk{Name: t.Name, Up: t.Up, Channels: t.Channels, InUse: t.InUse})
	}
	return all
}

// Status is the box at a glance.
func (g glance) Status(ctx context.Context) (wire.Status, error) {
	s, err := g.side.Status(ctx)
	if err != nil {
		return wire.Status{}, err
	}
	m := g.side.Machine()
	out := wire.Status{
		Program: s.Version, Serial: g.side.Serial(), Started: s.Started.UnixMilli(), Now: time.Now().UnixMilli(), Document: s.Site.Revision,
		Stream: g.side.Stream(), Last: s.Journal.Last, Calls: len(s.Calls), Media: s.Media.Up, Alarms: append([]string{}, s.Warnings...), Clock: "unsynced",
		Trunks: trunksOf(s.Trunks), Phones: []wire.Phone{}, Queues: []wire.Queue{}, Agents: []wire.Agent{},
		Machine: wire.Machine{Board: m.Board, UptimeMS: m.Uptime.Milliseconds(), CelsiusMC: m.MilliC, DiskUsed: m.DiskUsed, Load: m.Load},
	}
	if g.side.ClockSynced() {
		out.Clock = "ntp"
	}
	if s.Journal.Trouble != "" {
		out.Alarms = append(out.Alarms, s.Journal.Trouble)
	}
	for _, x := range s.Extensions {
		out.Phones = append(out.Phones, wire.Phone{Number: x.Number, Name: x.Name, Up: x.Reachable})
	}
	for _, q := range s.Queues {
		out.Queues = append(out.Queues, wire.Queue{ID: q.ID, Name: q.Name, Waiting: q.Waiting, LongestMS: q.LongestMS, Talking: q.Talking, Free: q.Free, Agents: q.Agents})
	}
	for _, a := range s.Agents {
		out.Agents = append(out.Agents, wire.Agent{ID: a.ID, Name: a.Name, State: agentState(a), SinceMS: a.SinceMS})
	}
	return out, nil
}

// agentState is an agent's five dimensions in the one word the console's list has room for.
func agentState(a console.AgentStatus) string {
	switch {
	case a.Session != "logged_in":
		return "out"
	case a.Declared == "pause":
		return "pause"
	case a.Fit:
		return "free"
	default:
		return "busy"
	}
}
