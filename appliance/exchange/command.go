package exchange

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// What people ask for in the toolbar (« bandeau »), on the supervisor's page, and over the box's socket. Each is answered by one Reply; a
// refusal says why in a CommandRefused. By is who asked, for the audit: "agent:ana", "supervisor:sam", "console".

// AgentToolbar says an agent's toolbar is connected, or no longer. A lost one leaves the agent alone for a grace, then idle agents become
// unavailable; a call in progress goes on (FEATURES §2.3).
type AgentToolbar struct {
	Agent   string `json:"agent"`
	Toolbar string `json:"toolbar,omitempty"` // which one, of several that were opened: the last one counts
	Up      bool   `json:"up"`
}

// AgentForce puts an agent into available or a pause: at once when idle, else after the call, before what the agent chose (FEATURES §6).
type AgentForce struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Pause   string    `json:"pause"` // a pause reason's id; empty is Available
	Note    string    `json:"note,omitempty"`
}

// AgentLock freezes what an agent declares, or frees it (the guide's padlock). It holds over a new log-in.
type AgentLock struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	On      bool      `json:"on"`
	Note    string    `json:"note,omitempty"`
}

// AgentMessage is a word to an agent, shown in the toolbar.
type AgentMessage struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Text    string    `json:"text"` // at most 500 characters
}

// ExtensionSet changes what an extension does with its calls: do not disturb, and where they go instead. An agent's queue calls are never forwarded:
// the queue offers them to somebody else.
type ExtensionSet struct {
	Request   RequestID    `json:"request"`
	By        string       `json:"by"`
	Extension string       `json:"extension"`
	DND       bool         `json:"dnd"`
	Forward   string       `json:"forward"` // as dialled; empty: nowhere
	When      ForwardWhen  `json:"when"`
	Subject   fact.Subject `json:"subject,omitempty"` // of an outside number
}

// ForwardWhen is which calls of an extension are forwarded.
type ForwardWhen string

// The conditions.
const (
	ForwardAlways      ForwardWhen = "always"
	ForwardBusy        ForwardWhen = "busy"
	ForwardNoAnswer    ForwardWhen = "no_answer"
	ForwardUnreachable ForwardWhen = "unreachable"
)

// CallHold puts the others of an agent's call on hold, or takes them back (the guide's hand, orange while they are held).
type CallHold struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	On      bool      `json:"on"`
}

// TransferKind is one of the guide's eight ways to hand a call over (« Transférer un appel »).
type TransferKind string

// The eight kinds.
const (
	ToOutside         TransferKind = "outside"          // « Vers N° externe »
	ToOutsideAttended TransferKind = "outside_attended" // « Vers N° externe supervisé »
	ToExtension       TransferKind = "extension"        // « Vers le poste Centrex »: attended, completed by hanging up
	ToAgent           TransferKind = "agent"            // « Vers l'opérateur »
	ToAgentAttended   TransferKind = "agent_attended"   // « Vers l'opérateur supervisé »
	ToSection         TransferKind = "section"          // « Vers la Rubrique »
	ToContact         TransferKind = "contact"          // « Vers contacts »
	ToContactAttended TransferKind = "contact_attended" // « Vers contacts supervisé »
)

// CallTransfer hands the party an agent talks with to somebody else.
type CallTransfer struct {
	Request RequestID    `json:"request"`
	By      string       `json:"by"`
	Agent   string       `json:"agent"`
	Kind    TransferKind `json:"kind"`
	Target  string       `json:"target"`           // a number as typed, an extension, an agent's id, a section's id
	Callee  fact.Subject `json:"callee,omitempty"` // of an outside number
}

// TransferDeed is what an agent does with a transfer under way.
type TransferDeed string

// The deeds.
const (
	TransferComplete TransferDeed = "complete"  // « Cliquez à nouveau pour transférer l'appelant »
	TransferTakeBack TransferDeed = "take_back" // « Reprendre »
	TransferConfer   TransferDeed = "confer"    // « Conférence »
)

// CallTransferDo goes on with the transfer under way, of the call an agent is in.
type CallTransferDo struct {
	Request RequestID    `json:"request"`
	By      string       `json:"by"`
	Agent   string       `json:"agent"`
	Deed    TransferDeed `json:"deed"`
}

// CallDigits sends keys to the far end of an agent's call.
type CallDigits struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Digits  string    `json:"digits"` // 0-9 * # A-D, at most 32
}

// CallMask hides the keys of whom an agent talks with from everybody, while they type what nobody may know, or lets them be heard again.
type CallMask struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
	On      bool        `json:"on"`
}

// CallPark parks the party of an agent's call; the Reply carries the slot, which anybody of the house dials to have the party.
type CallPark struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Slot    string    `json:"slot,omitempty"` // empty: the first that is free
}

// CallPickUp takes a call that rings elsewhere, or is parked, at an agent's or an extension's phone.
type CallPickUp struct {
	Request   RequestID   `json:"request"`
	By        string      `json:"by"`
	Agent     string      `json:"agent,omitempty"` // whose phone; or
	Extension string      `json:"extension,omitempty"`
	Call      plan.CallID `json:"call,omitempty"` // which call; or
	Ringing   string      `json:"ringing,omitempty"`
	Slot      string      `json:"slot,omitempty"`
}

// CallRecordPause pauses a recording, or lets it go on. The recording keeps a marker of it.
type CallRecordPause struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
	Paused  bool        `json:"paused"`
}

// CallRecordKeep says whether the recording of a call is kept afterwards.
type CallRecordKeep struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
	Keep    bool        `json:"keep"`
}

// SuperviseMode is how a supervisor takes part in a conversation.
type SuperviseMode string

// The modes.
const (
	SuperviseListen  SuperviseMode = "listen"  // hears both, is heard by nobody
	SuperviseWhisper SuperviseMode = "whisper" // is heard by the agent alone
	SuperviseBarge   SuperviseMode = "barge"   // talks with both
	SuperviseStop    SuperviseMode = "stop"
)

// Supervise lets a supervisor listen to an agent's conversation at a phone of theirs, or changes how they do, or ends it.
type Supervise struct {
	Request    RequestID     `json:"request"`
	By         string        `json:"by"`
	Supervisor string        `json:"supervisor"`          // id in the branch
	Extension  string        `json:"extension,omitempty"` // their phone; needed to begin
	Agent      string        `json:"agent"`
	Mode       SuperviseMode `json:"mode"`
}

// CallTakeOver gives the party an agent talks with to a supervisor's phone; the agent is let go.
type CallTakeOver struct {
	Request    RequestID `json:"request"`
	By         string    `json:"by"`
	Supervisor string    `json:"supervisor"`
	Extension  string    `json:"extension"`
	Agent      string    `json:"agent"`
}

// CallPull gives a waiting caller to an agent or to a supervisor's phone, past the order of the queue.
type CallPull struct {
	Request   RequestID   `json:"request"`
	By        string      `json:"by"`
	Call      plan.CallID `json:"call"`
	Agent     string      `json:"agent,omitempty"`
	Extension string      `json:"extension,omitempty"`
}

// CallMove puts a waiting caller in another queue, or first in theirs. How long they have waited is kept.
type CallMove struct {
	Request RequestID   `json:"request"`
	By      string      `json:"by"`
	Call    plan.CallID `json:"call"`
	Queue   string      `json:"queue,omitempty"` // empty: the one they are in
	First   bool        `json:"first,omitempty"`
}

// CallbackAsk asks for somebody to be called back from a queue: by a person, or a page of the branch's web site.
type CallbackAsk struct {
	Request RequestID    `json:"request"`
	By      string       `json:"by"`
	Queue   string       `json:"queue"`
	Number  string       `json:"number"` // as typed
	Subject fact.Subject `json:"subject"`
	Source  string       `json:"source"`             // "web", "command"
	AfterMS int64        `json:"after_ms,omitempty"` // not before this long from now: the slot begins
	UntilMS int64        `json:"until_ms,omitempty"` // and not after: the slot is over; 0: as long as the queue keeps callbacks
}

// CallbackCancel takes a callback back.
type CallbackCancel struct {
	Request  RequestID `json:"request"`
	By       string    `json:"by"`
	Callback string    `json:"callback"`
}

// command is an input that a person asked for: it is answered once.
type command interface {
	Input
	asked() asked
}

// asked is who asked for what, about whom.
type asked struct {
	request RequestID
	refusal fact.CommandRefused // without its reasons
}

func ask(r RequestID, command, by string, call plan.CallID, who string) asked {
	return asked{r, fact.CommandRefused{Command: command, By: by, Call: string(call), Agent: who}}
}

// refuse answers a command that cannot be done, and says why.
func (s *State) refuse(in command, why ...fact.Reason) {
	a := in.asked()
	a.refusal.Reasons = why
	s.refuseCommand(a.request, a.refusal)
}

// done answers a command that was done.
func (s *State) done(in command) { s.reply(in.asked().request) }

// audit notes who asked for something that no other fact tells the author of.
func (s *State) audit(in command, detail string) {
	r := in.asked().refusal
	s.tell(fact.CommandTaken{Command: r.Command, By: r.By, Call: r.Call, Agent: r.Agent, Detail: detail})
}

func (in AgentLogIn) asked() asked  { return ask(in.Request, "agent.log_in", in.By, "", in.Agent) }
func (in AgentLogOut) asked() asked { return ask(in.Request, "agent.log_out", in.By, "", in.Agent) }

func (in AgentDeclare) asked() asked { return ask(in.Request, "agent.declare", in.By, "", in.Agent) }
func (in CallHangUp) asked() asked   { return ask(in.Request, "call.hang_up", in.By, in.Call, "") }
func (in CallRecord) asked() asked   { return ask(in.Request, "call.record", in.By, in.Call, "") }
func (in CallPlace) asked() asked    { return ask(in.Request, "call.place", in.By, "", in.Agent) }
func (in NightLock) asked() asked    { return ask(in.Request, "night.lock", in.By, "", "") }
func (in AgentForce) asked() asked   { return ask(in.Request, "agent.force", in.By, "", in.Agent) }
func (in AgentLock) asked() asked    { return ask(in.Request, "agent.lock", in.By, "", in.Agent) }
func (in AgentMessage) asked() asked { return ask(in.Request, "agent.message", in.By, "", in.Agent) }
func (in ExtensionSet) asked() asked { return ask(in.Request, "extension.set", in.By, "", "") }
func (in CallHold) asked() asked     { return ask(in.Request, "call.hold", in.By, "", in.Agent) }
func (in CallTransfer) asked() asked { return ask(in.Request, "call.transfer", in.By, "", in.Agent) }

func (in CallTransferDo) asked() asked {
	return ask(in.Request, "call.transfer_do", in.By, "", in.Agent)
}
func (in CallDigits) asked() asked { return ask(in.Request, "call.digits", in.By, "", in.Agent) }
func (in CallMask) asked() asked   { return ask(in.Request, "call.mask", in.By, in.Call, "") }
func (in CallPark) asked() asked   { return ask(in.Request, "call.park", in.By, "", in.Agent) }
func (in CallPickUp) asked() asked { return ask(in.Request, "call.pick_up", in.By, in.Call, in.Agent) }

func (in CallRecordPause) asked() asked {
	return ask(in.Request, "call.record_pause", in.By, in.Call, "")
}

func (in CallRecordKeep) asked() asked {
	return ask(in.Request, "call.record_keep", in.By, in.Call, "")
}

func (in Supervise) asked() asked { return ask(in.Request, "call.supervise", in.By, "", in.Agent) }

func (in CallTakeOver) asked() asked { return ask(in.Request, "call.take_over", in.By, "", in.Agent) }

func (in CallPull) asked() asked       { return ask(in.Request, "call.pull", in.By, in.Call, in.Agent) }
func (in CallMove) asked() asked       { return ask(in.Request, "call.move", in.By, in.Call, "") }
func (in CallbackAsk) asked() asked    { return ask(in.Request, "callback.ask", in.By, "", "") }
func (in CallbackCancel) asked() asked { return ask(in.Request, "callback.cancel", in.By, "", "") }

func (AgentToolbar) input()    {}
func (AgentForce) input()      {}
func (AgentLock) input()       {}
func (AgentMessage) input()    {}
func (ExtensionSet) input()    {}
func (CallHold) input()        {}
func (CallTransfer) input()    {}
func (CallTransferDo) input()  {}
func (CallDigits) input()      {}
func (CallMask) input()        {}
func (CallPark) input()        {}
func (CallPickUp) input()      {}
func (CallRecordPause) input() {}
func (CallRecordKeep) input()  {}
func (Supervise) input()       {}
func (CallTakeOver) input()    {}
func (CallPull) input()        {}
func (CallMove) input()        {}
func (CallbackAsk) input()     {}
func (CallbackCancel) input()  {}
