package consoleapi

// What the console page sees. Times are Unix ms by the cloud's clock unless said otherwise; 0 is "never". Texts are in the language of the site's
// people only where people wrote them: everything else is a stable code the page has words for, in French and English.

// Session is who is signed in.
type Session struct {
	User       string `json:"user"` // e-mail
	Name       string `json:"name"`
	Role       string `json:"role"` // "owner", "admin", "auditor"
	Tenant     string `json:"tenant"`
	TenantName string `json:"tenant_name"`
	Now        int64  `json:"now"`
}

// SetupRequest chooses a password with a one-time code: that of the first administrator of a tenant, which autocom-cloud tenant add prints, or that of
// somebody who was invited or lost their password.
type SetupRequest struct {
	Code     string `json:"code"`
	Email    string `json:"email"`
	Name     string `json:"name"`     // "": as whoever invited them wrote it
	Password string `json:"password"` // 12 characters or more
}

// SignInRequest opens a session.
type SignInRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// PersonView is somebody who may sign in.
type PersonView struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	State   string `json:"state"`          // "active", "waiting" (for their code to be used), "over" (the code; make another)
	Code    int64  `json:"code,omitempty"` // a one-time code waits until then
	Created int64  `json:"created"`
	You     bool   `json:"you,omitempty"`
}

// Invitation asks somebody in.
type Invitation struct {
	Email string `json:"email" maxLength:"254"`
	Name  string `json:"name" maxLength:"400"`
	Role  string `json:"role" enum:"admin,auditor"`
}

// PersonCode is somebody's one-time code, shown once.
type PersonCode struct {
	Person  PersonView `json:"person"`
	Code    string     `json:"code"` // XXXXX-XXXXX-XXXXX-XXXXX
	Expires int64      `json:"expires"`
}

// DeedView is something a person did, or tried: then What ends in ".refused" and Detail is the code of the refusal.
type DeedView struct {
	N       uint64 `json:"n"` // from 1, of the tenant
	At      int64  `json:"at"`
	Who     string `json:"who"`  // e-mail, as typed
	What    string `json:"what"` // "publish", "person.invite" …
	Site    string `json:"site,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Address string `json:"address,omitempty"` // of the network, from where
}

// Health is how a site is, worst of trunks, phones, box and settings.
type Health struct {
	Level   string   `json:"level"`   // "down", "attention", "offline", "trial", "good", "new" (no box yet)
	Reasons []Reason `json:"reasons"` // worst first
}

// Reason is one cause, for the page's catalogue.
type Reason struct {
	Code  string            `json:"code"`            // "trunk.down", "phones.silent", "link.lost", "document.reverted", "document.refused", "box.hot", "disk.full", "box.alarm", "device.none", "device.revoked", "certificate.soon"
	Args  map[string]string `json:"args,omitempty"`  // names and numbers that stand in the sentence
	Since int64             `json:"since,omitempty"` //
}

// SiteRow is a line of the list.
type SiteRow struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Serial   string `json:"serial,omitempty"`
	Health   Health `json:"health"`
	Seen     int64  `json:"seen"`
	Behind   int64  `json:"behind_ms"` // age of the oldest fact that waits at the box; 0: none
	Program  string `json:"program,omitempty"`
	Slot     string `json:"slot,omitempty"`
	TrunksUp int    `json:"trunks_up"`
	Trunks   int    `json:"trunks"`
	PhonesUp int    `json:"phones_up"`
	Phones   int    `json:"phones"`
	Calls    int    `json:"calls"`
	Claim    int64  `json:"claim,omitempty"` // a claim code waits until then
	Newest   uint64 `json:"newest"`          // revision
	InForce  uint64 `json:"in_force"`
	State    string `json:"state,omitempty"` // of the newest: wire.State
	Draft    bool   `json:"draft"`
}

// SiteView is a site's page.
type SiteView struct {
	Row       SiteRow     `json:"row"`
	Connected bool        `json:"connected"`
	Clock     string      `json:"clock"`
	Trunks    []TrunkView `json:"trunks"`
	Phones    []PhoneView `json:"phones"`
	Queues    []QueueView `json:"queues"`
	Agents    []AgentView `json:"agents"`
	Machine   MachineView `json:"machine"`
	Alarms    []string    `json:"alarms"`
	Story     []Event     `json:"story"` // newest first
	Expires   int64       `json:"certificate_expires"`
	Local     *LocalView  `json:"local,omitempty"` // the box was changed on the spot: it does not live by what was published
}

// LocalView is the document a box lives by that nobody published. POST …/adopt makes it the draft.
type LocalView struct {
	Name    string       `json:"name"`    // of its content
	At      int64        `json:"at"`      // when the box told it
	Changes []ChangeView `json:"changes"` // from the newest revision
}

// AdoptRequest makes the local document the draft.
type AdoptRequest struct {
	Tag  string `json:"tag,omitempty" maxLength:"100"`  // of the draft whose place it takes; "": there is none
	Name string `json:"name,omitempty" maxLength:"100"` // LocalView.Name, as it was seen; "": whichever there is
}

// TrunkView is a line now.
type TrunkView struct {
	Name     string `json:"name"`
	Up       bool   `json:"up"`
	Channels int    `json:"channels"`
	InUse    int    `json:"in_use"`
}

// PhoneView is an extension now.
type PhoneView struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Up     bool   `json:"up"`
}

// QueueView is a queue: now, from the live status, and today, from the facts.
type QueueView struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Waiting   int          `json:"waiting"`
	LongestMS int64        `json:"longest_ms"`
	Talking   int          `json:"talking"`
	Free      int          `json:"free"`
	Agents    int          `json:"agents"`
	Today     QueueFigures `json:"today"`
}

// QueueFigures is what became of the visits that entered in a span of time. Received = all the others together: a test holds it.
type QueueFigures struct {
	Received   int   `json:"received"`
	Answered   int   `json:"answered"`
	Within     int   `json:"within"`  // answered within the queue's goal
	GoalMS     int64 `json:"goal_ms"` // T of its service level, by the site's newest document
	Short      int   `json:"short"`   // of those abandoned or cancelled: within 5 s, so that they count in no service level
	Abandoned  int   `json:"abandoned"`
	Cancelled  int   `json:"cancelled"`
	Full       int   `json:"full"`
	Closed     int   `json:"closed"`
	NobodyFit  int   `json:"nobody_fit"`
	TooLong    int   `json:"waited_too_long"`
	Exited     int   `json:"exited"`
	Moved      int   `json:"moved"`
	Failed     int   `json:"failed"`
	InProgress int   `json:"in_progress"`
	WaitMS     int64 `json:"wait_ms"` // mean of those answered
	TalkMS     int64 `json:"talk_ms"` // mean of calls answered
	Hours      []int `json:"hours"`   // received, each hour of the day in the site's time zone
}

// AgentView is an agent now.
type AgentView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   string `json:"state"`
	SinceMS int64  `json:"since_ms"`
}

// MachineView is the box.
type MachineView struct {
	Board    string  `json:"board"`
	UptimeMS int64   `json:"uptime_ms"`
	Celsius  float64 `json:"celsius"` // 0: not measured
	DiskUsed float64 `json:"disk_used"`
	Load     float64 `json:"load"`
}

// Event is a thing that happened at a site, for its story: box facts, revisions, link.
type Event struct {
	At   int64             `json:"at"`
	Code string            `json:"code"` // a fact's kind, or "revision.published" …
	Args map[string]string `json:"args,omitempty"`
}

// CallRow is one call, from its facts. People outside have no name here: numbers never leave the branch.
type CallRow struct {
	Call      string `json:"call"`
	At        int64  `json:"at"` // by the box's clock
	Flow      string `json:"flow"`
	Extension string `json:"extension,omitempty"` // who dialled, for internal and outbound
	Dialled   string `json:"dialled,omitempty"`
	Subject   string `json:"subject,omitempty"` // of the caller or callee outside
	Withheld  bool   `json:"withheld,omitempty"`
	Queue     string `json:"queue,omitempty"`
	Agent     string `json:"agent,omitempty"`
	Outcome   string `json:"outcome"` // "" while it is up
	Stage     string `json:"stage,omitempty"`
	WaitMS    int64  `json:"wait_ms"`
	TalkMS    int64  `json:"talk_ms"`
	TotalMS   int64  `json:"total_ms"`
	HungUpBy  string `json:"hung_up_by,omitempty"`
}

// CallStory is one call, fact by fact.
type CallStory struct {
	Row   CallRow `json:"row"`
	Steps []Step  `json:"steps"`
}

// Step is one fact of a call.
type Step struct {
	MS   int64             `json:"ms"` // since the call opened
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// DraftView is the document somebody works on. Passwords show as Masked; a Masked one that comes back stays what it was.
type DraftView struct {
	Base     uint64        `json:"base"`
	Tag      string        `json:"tag"` // "": nothing was changed since Base
	Text     string        `json:"text"`
	Document any           `json:"document"` // the text as JSON (site.Document, defaults in it); null when it cannot be read
	Problems []ProblemView `json:"problems"`
	Changes  []ChangeView  `json:"changes"` // from Base
	By       string        `json:"by,omitempty"`
	At       int64         `json:"at"`
}

// Masked stands for a password.
const Masked = "••••••••"

// ProblemView is one thing that is wrong with the draft.
type ProblemView struct {
	Path     string `json:"path"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy"`
	Line     int    `json:"line,omitempty"` // of the text
}

// ChangeView is one difference, by meaning rather than by line.
type ChangeView struct {
	Path string `json:"path"` // "queues[accueil].max_wait": list items are named by their id, name or number
	Was  string `json:"was"`  // "": it is new
	Is   string `json:"is"`   // "": it is gone
}

// DraftText saves the draft as text.
type DraftText struct {
	Tag  string `json:"tag"`
	Text string `json:"text"`
}

// DraftEdits saves the draft by fields; comments of the text stay where they are.
type DraftEdits struct {
	Tag   string `json:"tag"`
	Edits []Edit `json:"edits"` // at most 200
}

// Edit is one change of a field.
type Edit struct {
	Op    string `json:"op"`              // "set", "add" (to the list at Path), "remove"
	Path  string `json:"path"`            // "queues[0].max_wait"
	Value any    `json:"value,omitempty"` // of set and add
}

// PublishRequest publishes the draft.
type PublishRequest struct {
	Tag    string `json:"tag"`
	Reason string `json:"reason"`
}

// RevisionView is a published document.
type RevisionView struct {
	Number    uint64        `json:"number"`
	Published int64         `json:"published"`
	By        string        `json:"by"`
	Reason    string        `json:"reason"`
	State     string        `json:"state"`
	StateAt   int64         `json:"state_at"`
	Problems  []ProblemView `json:"problems,omitempty"`
	Why       string        `json:"why,omitempty"`
	Returned  uint64        `json:"returned,omitempty"`
	Text      string        `json:"text,omitempty"`    // one revision only, passwords masked
	Changes   []ChangeView  `json:"changes,omitempty"` // from the one before
}

// ClaimView is a claim code, shown once.
type ClaimView struct {
	Code    string `json:"code"` // XXXX-XXXX-XXXX
	Expires int64  `json:"expires"`
	Server  string `json:"server"` // what the installer types besides: https://host:port of the device listener
}

// LiveEvent is an event of the page's stream.
type LiveEvent struct {
	Site string `json:"site"`
	What string `json:"what"` // "status", "facts", "revision", "device"
}
