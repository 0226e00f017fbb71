package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/routing"
	"autocom/appliance/httpapi"
	"autocom/appliance/httpapi/identity"
	"autocom/appliance/journal"
	"autocom/appliance/mediactl"
	"autocom/appliance/prompts"
	"autocom/appliance/recording"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/stack/certs"
	"autocom/appliance/site"
	"autocom/appliance/voicemail"
)

// Order is what a running core is told from outside.
type Order int

// The orders.
const (
	Stop     Order = iota // hang every call up, then end
	HandOver              // end, and leave the calls to the next core
	Reload                // read the site document again
)

// Bounds of starting and stopping.
const (
	mediaPatience = 5 * time.Second // for the media process at the start; after it calls are refused until it comes
	hangUpTime    = 3 * time.Second // for the peers to answer our BYE
	signOffTime   = 2 * time.Second // for carriers to forget a box that is switched off
)

// core is a running box, without the sound.
type core struct {
	layout  Layout
	log     *slog.Logger
	clock   clock
	started time.Time

	keeper   *site.Keeper
	lastGood error // why the site document itself is not in force
	journal  *journal.Journal
	sounds   *prompts.Library
	archive  *recording.Archive
	boxes    *voicemail.Boxes
	recorder *recorder
	judged   atomic.Pointer[calendar] // the clock
	lasting  *lasting
	lists    *lastingLists
	told     fact.Address // of the last fact the exchange decided; the loop's goroutine has it
	desk     *soundDesk
	ledger   *leg.Book
	edge     *sipedge.Edge
	sip      atomic.Pointer[sipedge.Edge] // the same, for the sound desk, which is there before it
	address  string                       // where SIP listens
	loop     *loop
	handover handover // what the core before left, when it did
	starts   uint32   // names this core's calls
	stream   string   // names the box's journal
	extras   Extras
	side     *Side

	statistics *statistics

	partner  Companion
	machine  *machine
	codes    *identity.AdminCode
	book     *identity.Book
	sessions *identity.Sessions
	page     *httpapi.Server // nil: the document names no address for it
	failed   failedDocument

	orders   chan Order // from inside: the restart command
	later    sync.WaitGroup
	unfinish openCalls

	names     *locate.Resolver
	help      atomic.Pointer[routing.Table] // tells emergency numbers, whatever the rest of the document says
	certs     *certs.Store                  // nil without TLS
	proof     atomic.Pointer[proof]         // of a trunk, while one runs
	proofs    atomic.Uint64                 // names their legs
	reloading sync.Mutex
	taking    sync.Mutex // one document at a time takes the place of the site document
	night     night
	keys      keys
	legCalls  legCalls

	mu       sync.Mutex // guards what follows
	phones   map[string]bool
	trunks   map[string]bool
	warnings map[string]warning
	pending  map[exchange.RequestID]chan exchange.Reply
	next     exchange.RequestID
}

// RunCore is the core until an order ends it. The error says why it could not start, or what it lost.
func RunCore(ctx context.Context, l Layout, log *slog.Logger, orders <-chan Order, extras Extras) error {
	c := &core{
		layout: l, log: log, extras: extras, partner: noCompanion{}, started: time.Now(), orders: make(chan Order, 1),
		phones: map[string]bool{}, trunks: map[string]bool{}, warnings: map[string]warning{}, pending: map[exchange.RequestID]chan exchange.Reply{},
	}
	c.side, c.machine = newSide(c), openMachine(l.State)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := c.open(ctx); err != nil {
		return errors.Join(err, c.close())
	}
	last, err := c.serve(ctx, orders)
	return errors.Join(err, c.end(ctx, last))
}

// open builds every part in the order in which they need each other.
func (c *core) open(ctx context.Context) (err error) {
	if err := c.layout.make(); err != nil {
		return err
	}
	if c.clock, err = newClock(); err != nil {
		return err
	}
	if c.sounds, err = prompts.Open(c.layout.sounds()); err != nil {
		return err
	}
	if c.keeper, c.lastGood, err = loadSite(c.layout, c.prepare); err != nil {
		return err
	}
	if c.lastGood != nil {
		c.log.Error("the site document cannot be used: the last good one is in force", "err", c.lastGood)
	}
	if c.stream, err = boxID(filepath.Join(c.layout.State, "box-id")); err != nil {
		return err
	}
	minEpoch, err := readMinEpoch(c.layout.minEpoch())
	if err != nil {
		return err
	}
	if c.journal, err = journal.Open(ctx, c.layout.journal(), c.stream, c.clock.now(), journal.Options{MinEpoch: minEpoch, Sure: c.clockSure}); err != nil {
		return err
	}
	c.openCalendar(ctx)
	c.statistics = newStatistics(c)
	c.handover = takeHandover(c.layout.handover(), c.log)
	state := c.restored()
	if c.starts, err = c.nameStart(); err != nil {
		return err
	}
	if c.archive, err = recording.OpenArchive(ctx, c.layout.recordings(), state.Recordings()...); err != nil {
		return err
	}
	if c.boxes, err = voicemail.OpenBoxes(ctx, c.layout.voicemail(), state.Recordings()...); err != nil {
		return err
	}
	c.loop = newLoop(c.clock, state)
	c.loop.remember, c.loop.carry = c.remember, c.carry
	c.recorder, c.lasting, c.lists = newRecorder(c), newLasting(c), newLastingLists(c)
	if err := c.recorder.resume(ctx, state); err != nil {
		return err
	}
	if err := orderSound(c.layout, c.keeper.Current()); err != nil {
		return err
	}
	c.openDesk(ctx)
	if accompany := c.extras.Companion; accompany != nil {
		if c.partner, err = accompany(c.side); err != nil {
			return err
		}
	}
	return c.openEdge(c.keeper.Current())
}

// helpNumbers learns which numbers are emergency numbers: calls to them are never refused for want of room.
func (c *core) helpNumbers(doc *site.Document) {
	c.help.Store(routing.New(routing.Directory{Outside: doc.Numbers.Outside, Emergency: doc.Emergency.Numbers}))
}

// prepare builds what a document needs and could fail, before the box lives by it.
func (c *core) prepare(doc *site.Document) error {
	if problems := CheckTrunks(doc); len(problems) > 0 {
		return &site.ProblemsError{File: c.layout.Site, Problems: problems}
	}
	return c.sounds.Prepare(soundSources(doc))
}

// restored is the exchange the core before left, or a new one.
func (c *core) restored() *exchange.State {
	if len(c.handover.Exchange) == 0 {
		return exchange.New()
	}
	state, err := exchange.Restore(c.handover.Exchange)
	if err != nil {
		c.log.Error("the calls of the core before cannot be taken over and are ended", "err", err)
		c.handover = handover{}
		return exchange.New()
	}
	return state
}

// nameStart numbers the starts of a box, so that calls of different starts never share a name. A core that takes calls over keeps the number.
func (c *core) nameStart() (uint32, error) {
	if c.handover.Starts > 0 {
		return c.handover.Starts, nil
	}
	n, err := countUp(filepath.Join(c.layout.State, "starts"))
	if err != nil {
		return 0, fmt.Errorf("count of starts: %w", err)
	}
	return n, nil
}

func (c *core) openDesk(ctx context.Context) {
	d := newSoundDesk(c.sounds, func() string { return c.keeper.Current().Site.Language }, c.log)
	d.tell, d.note, d.recorded = c.hear, c.note, c.recorder.ended
	d.unpaused = c.recorder.pauseRefused
	d.lost = func(id plan.LegID) {
		if e := c.sip.Load(); e != nil {
			e.MediaLost(id)
		}
	}
	d.back = func() {
		if e := c.sip.Load(); e != nil {
			e.MediaRestarted()
		}
	}
	c.desk = d
	d.start(ctx, c.layout.mediaSocket())
	select {
	case <-d.first:
	case <-time.After(mediaPatience):
		c.log.Warn("the media process does not answer yet: calls are refused until it does")
	}
}

func (c *core) openEdge(doc *site.Document) error {
	book, err := leg.OpenBook(c.layout.ledger())
	if err != nil {
		return err
	}
	c.ledger = book
	cfg := edgeConfig(doc)
	cfg.Tell, cfg.Ports, cfg.Ledger, cfg.Log, cfg.Epoch, cfg.Note = c.hear, c.desk, book, c.log, c.starts, c.note
	c.helpNumbers(doc)
	cfg.Stack.Intake.Emergency = func(user string) bool {
		_, yes := c.help.Load().IsEmergency(user)
		return yes
	}
	cfg.Bindings = filepath.Join(c.layout.Run, "phones.json")
	cfg.Registrations = filepath.Join(c.layout.Run, "registrations.json")
	cfg.Stack.Server = "Autocom/" + c.layout.Version
	host, err := advertised(doc)
	if err != nil {
		return err
	}
	if cfg.Stack.Streams.TLS, err = c.openCertificates(doc, host); err != nil {
		return err
	}
	c.openNames(doc)
	cfg.Locate = c.names
	edge, err := sipedge.New(cfg, edgeSite(doc))
	if err != nil {
		return err
	}
	if c.address, err = c.listen(edge, doc, host); err != nil {
		return errors.Join(err, edge.Close())
	}
	c.edge = edge
	c.sip.Store(edge)
	return nil
}

// serve runs the box until an order ends it.
func (c *core) serve(ctx context.Context, orders <-chan Order) (Order, error) {
	alive := c.takeOver()
	c.interrupted(ctx)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	c.note(fact.BoxStarted{Program: c.layout.Version, Clean: c.journal.Start().Clean, Resumed: len(c.loop.state.Calls())})
	c.lists.open()
	c.loop.begin(c.starts, c.keeper.Current().Branch(), alive, func() exchange.Lasting {
		kept := c.lasting.load(ctx)
		kept.Campaigns = c.lists.load(ctx)
		return kept
	})
	loopCtx, stopLoop := context.WithCancel(context.WithoutCancel(ctx))
	c.loop.stop = stopLoop
	go c.loop.run(loopCtx)
	c.edge.Start()
	c.openPage()
	server, err := console.Serve(c.layout.consoleSocket(), &box{c}, c.log, c.extras.Allow...)
	if err != nil {
		return Stop, err
	}
	wg.Go(func() { c.keepOpenCalls(ctx) })
	wg.Go(func() { c.keepCalendar(ctx) })
	wg.Go(func() { c.recorder.keepDays(ctx) })
	wg.Go(func() { c.recorder.pressure.keep(ctx) })
	wg.Go(func() { c.keepNight(ctx) })
	wg.Go(func() { c.lasting.keep(ctx) })
	wg.Go(func() { c.lists.keep(ctx) })
	wg.Go(func() { c.keepFullBoxes(ctx) })
	wg.Go(func() { c.keepNames(ctx) })
	if c.certs != nil {
		wg.Go(func() { c.certs.Keep(ctx, c.log) })
	}
	wg.Go(func() { watchdog(ctx, c.loop, c.log) })
	wg.Go(func() { c.side.tellNews(ctx) })
	wg.Go(func() { c.statistics.keep(ctx) })
	wg.Go(func() { c.partner.Run(ctx) })
	wg.Go(func() { c.machine.keep(ctx, c.log) })
	ready(c.log)
	c.log.Info("the box is ready", "site", c.keeper.Current().Site.Name, "sip", c.address, "revision", c.keeper.Current().Revision(), "resumed", len(alive))
	last := c.obey(ctx, orders)
	stopping()
	if last == HandOver {
		c.edge.Drain(true)
	}
	return last, server.Close()
}

// obey carries orders out until one ends the core.
func (c *core) obey(ctx context.Context, orders <-chan Order) Order {
	for {
		var o Order
		select {
		case <-ctx.Done():
			return Stop
		case o = <-orders:
		case o = <-c.orders:
		}
		if o != Reload {
			return o
		}
		if _, err := c.reload(); err != nil {
			c.log.Error("the site document was not taken: the one in force stays", "err", err)
		}
	}
}

// end stops the parts in the opposite order.
func (c *core) end(ctx context.Context, last Order) error {
	var err error
	switch last {
	case HandOver:
		err = c.leaveCalls()
	default:
		c.hangUpAll(ctx)
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), signOffTime)
		c.edge.SignOff(farewell)
		cancel()
		c.loop.stop()
		<-c.loop.done
	}
	c.note(fact.BoxStopped{Planned: last == HandOver})
	return errors.Join(err, c.close())
}

// hangUpAll ends every call and gives the peers a moment to hear of it.
func (c *core) hangUpAll(ctx context.Context) {
	c.edge.Drain(true)
	var calls []exchange.CallView
	if err := c.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { calls = s.Calls() }); err != nil {
		return
	}
	for _, call := range calls {
		c.loop.tell(exchange.CallHangUp{By: "box", Call: call.ID})
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(hangUpTime); time.Now().Before(deadline); <-tick.C {
		over := true // timers of agents and of the healing round do not matter any more
		if err := c.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { over = len(s.Calls()) == 0 && len(s.Recordings()) == 0 }); err != nil || over {
			return
		}
	}
	c.log.Warn("some peers did not answer the hang-up in time")
}

func (c *core) close() error {
	var errs []error
	if c.page != nil {
		errs = append(errs, c.page.Close())
	}
	if c.edge != nil {
		errs = append(errs, c.edge.Close())
	}
	if c.loop != nil && c.loop.stop != nil {
		c.loop.stop()
		<-c.loop.done
	}
	if c.desk != nil {
		c.desk.close()
	}
	if c.recorder != nil {
		c.recorder.shut()
	}
	c.later.Wait()
	if c.ledger != nil {
		errs = append(errs, c.ledger.Close())
	}
	if c.archive != nil {
		errs = append(errs, c.archive.Close())
	}
	if c.boxes != nil {
		errs = append(errs, c.boxes.Close())
	}
	c.closeNames()
	if c.journal != nil {
		errs = append(errs, c.journal.Close())
	}
	return errors.Join(errs...)
}

// hear takes what SIP and sound have to say to the exchange. It runs on the goroutines of legs, of the SIP socket and of the client of the media process.
func (c *core) hear(in exchange.Input) {
	if p := c.proof.Load(); p != nil && p.take(in) {
		return
	}
	switch e := in.(type) {
	case exchange.DigitPressed:
		if sip := c.sip.Load(); sip != nil && !sip.DigitTaken(e) || !c.keys.fresh(e, c.clock.now()) {
			return // the trunk says that its keys come another way, or it came that way already
		}
	case exchange.LegEnded:
		c.keys.forget(e.Leg)
	case exchange.LegRefused:
		c.keys.forget(e.Leg)
	case exchange.LegOffered:
		c.name(&e)
		in = e
	case exchange.PhoneReachable:
		c.mu.Lock()
		changed := c.phones[e.Extension] != e.Reachable
		c.phones[e.Extension] = e.Reachable
		c.mu.Unlock()
		if changed {
			c.note(fact.PhoneReachable{Extension: e.Extension, Reachable: e.Reachable, Contacts: e.Contacts})
		}
	case exchange.TrunkReachable:
		c.mu.Lock()
		was, known := c.trunks[e.Trunk]
		c.trunks[e.Trunk] = e.Reachable
		c.mu.Unlock()
		if !known || was != e.Reachable {
			c.note(fact.TrunkReachable{Trunk: e.Trunk, Reachable: e.Reachable, Reason: e.Reason})
		}
	default: // only the exchange's business
	}
	c.loop.tell(in)
}

// name gives the people outside their subjects, by which facts know them.
func (c *core) name(e *exchange.LegOffered) {
	switch {
	case e.Origin.Kind == exchange.FromTrunk && e.Caller.Number != "":
		e.Caller.Subject = c.journal.Subject(e.Caller.Number, e.Caller.Name)
	case e.Origin.Kind == exchange.FromExtension:
		e.Callee = c.callee(e.Dialled)
	}
}

// callee is the subject of a number as it was dialled here; none for a short one, which is ours, and none for what begins with * or #: it is no
// number, and may hold an agent's code.
func (c *core) callee(typed string) fact.Subject {
	if len(typed) <= 6 || typed[0] == '*' || typed[0] == '#' {
		return ""
	}
	doc := c.keeper.Current()
	if outside := doc.Numbers.Outside; outside != "" && typed[0] != '+' && typed[:1] == outside {
		typed = typed[1:]
	}
	dialled, err := e164(doc, typed)
	if err != nil {
		dialled = typed
	}
	return c.journal.Subject(dialled, "")
}

// outside is the subject of a number as it is written down, with no prefix to leave the house, and the number's one form; none for what is no number.
func (c *core) outside(written string) (fact.Subject, string) {
	full, err := e164(c.keeper.Current(), written)
	if err != nil {
		return "", ""
	}
	return c.journal.Subject(full, ""), full
}

// remember keeps what the exchange decided.
func (c *core) remember(now fact.Moment, facts []fact.Fact) {
	last := c.journal.Append(now, facts...)
	c.told = last
	c.side.stir()
	c.unfinish.follow(last, facts)
	c.legCalls.learn(facts)
	c.recorder.learn(facts)
	for _, f := range facts {
		if f, is := f.(fact.TollAlert); is {
			c.alarm(f)
		}
		c.lasting.hear(f)
		c.lists.hear(f)
	}
}

// alarmFor is how long an alarm is shown.
const alarmFor = 24 * time.Hour

// alarm tells people that an extension runs into toll limits: its password may be known to somebody.
func (c *core) alarm(a fact.TollAlert) {
	c.log.Warn("an extension runs into toll limits: somebody may know its password", "extension", a.Extension, "refused", a.Refused)
	c.warnUntil("toll "+a.Extension, time.Now().Add(alarmFor), fmt.Sprintf(
		"extension %s ran into toll limits %d times within %s (%s): look at its calls, and change its secret if it was not its owner",
		a.Extension, a.Refused, (time.Duration(a.WithinMS)*time.Millisecond).Round(time.Second), time.Now().In(clocksOf(c.keeper.Current())).Format(time.DateTime)))
}

// note keeps a box fact.
func (c *core) note(f fact.Fact) {
	if q, is := f.(fact.LegQuality); is {
		f = c.legCalls.name(q)
	}
	c.journal.Append(c.clock.now(), f)
	c.failed.hear(f)
	c.side.stir()
}

// carry starts what the exchange asks for. It runs on the loop's goroutine and never waits: what it has to say back goes through soon.
func (c *core) carry(e exchange.Effect) {
	if c.edge.Carry(e) {
		return
	}
	switch e := e.(type) {
	case exchange.SetPlan:
		if err := c.desk.client.SetPlan(e.Plan); err != nil && !errors.Is(err, mediactl.ErrDisconnected) {
			c.log.Error("a plan did not reach the media process", "call", e.Plan.Call, "err", err)
		}
	case exchange.Play:
		if err := c.desk.play(e); err != nil {
			c.soon(exchange.PromptDone{Leg: e.Leg, Token: e.Token, Error: err.Error()})
		}
	case exchange.StopPlay:
		c.desk.stopPlay(e)
	case exchange.StartRecording:
		c.recorder.start(e)
	case exchange.StopRecording:
		c.recorder.stop(e)
	case exchange.PauseRecording:
		c.recorder.pause(e)
	case exchange.KeepRecording:
		c.recorder.keep(e)
	case exchange.MaskDigits:
		c.desk.mask(e)
	case exchange.SendDigits:
		c.desk.press(e)
	case exchange.Reply:
		c.replied(e)
	default:
		c.log.Error("an effect nobody carries", "effect", fmt.Sprintf("%T", e))
	}
}

// replied gives an answer of the exchange to whoever waits for it.
func (c *core) replied(e exchange.Reply) {
	c.mu.Lock()
	waiting := c.pending[e.Request]
	delete(c.pending, e.Request)
	c.mu.Unlock()
	if waiting != nil {
		waiting <- e // of one, and told once
	}
}

// soon tells the exchange something from a goroutine of its own: the loop must not wait for its own mailbox.
func (c *core) soon(in exchange.Input) { c.later.Go(func() { c.loop.tell(in) }) }

// reload reads the site document again and, when it is good, lets every part live by it.
func (c *core) reload() (console.Reloaded, error) {
	c.reloading.Lock() // a signal and a command may ask at once
	defer c.reloading.Unlock()
	before := c.keeper.Current()
	doc, err := c.keeper.Load(c.prepare)
	if err != nil {
		return console.Reloaded{}, err
	}
	out := console.Reloaded{Revision: doc.Revision(), Previous: before.Revision()}
	if out.Changed = out.Revision != out.Previous; !out.Changed {
		return out, nil
	}
	if err := c.desk.load(); err != nil && !errors.Is(err, mediactl.ErrDisconnected) {
		c.log.Error("a sound cannot be played", "err", err)
	}
	c.helpNumbers(doc)
	c.edge.Apply(edgeSite(doc))
	trusted, admitted := networks(doc)
	c.edge.Admit(trusted, admitted)
	c.loop.tell(exchange.SiteChanged{Branch: doc.Branch()})
	c.mu.Lock()
	c.lastGood = nil
	c.mu.Unlock()
	if a, b := doc.Network, before.Network; !reflect.DeepEqual(a, b) {
		a.Phones, b.Phones, a.MaxCalls, b.MaxCalls = nil, nil, 0, 0
		if !reflect.DeepEqual(a, b) {
			c.warn("network", "something under network changed (sip, rtp, advertised, TLS, dns, media_lost, media_first): it holds from the next start of the box")
		}
	}
	c.log.Info("the site document was taken", "revision", out.Revision, "previous", out.Previous)
	return out, nil
}

// warning is one thing people should know of, until a time; the zero time is for as long as it holds.
type warning struct {
	words string
	until time.Time
}

func (c *core) warn(about, words string) { c.warnUntil(about, time.Time{}, words) }

func (c *core) warnUntil(about string, until time.Time, words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if words == "" {
		delete(c.warnings, about)
		return
	}
	c.warnings[about] = warning{words, until}
}

// warned is what people should know of now; c.mu is held.
func (c *core) warned(now time.Time) (all []string) {
	for about, w := range c.warnings {
		if !w.until.IsZero() && now.After(w.until) {
			delete(c.warnings, about)
			continue
		}
		all = append(all, w.words)
	}
	return all
}

// boxID is the box's name for the journal's stream, made once.
func boxID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(text) >= 8 {
		return string(text), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	id := randomID()
	return id, writeWhole(path, []byte(id))
}
