// Package site is the branch's own document: its numbers, phones, carriers, queues and people, checked before anything lives by it.
package site

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Document is the one typed document of a site. YAML and JSON are both read. Every optional field's default stands in
// site.example.yaml, which a test holds to be true.
type Document struct {
	Version        int             `json:"version"`        // of the format: 1
	Site           Site            `json:"site"`           //
	Network        Network         `json:"network"`        //
	Numbers        Numbers         `json:"numbers"`        //
	Emergency      Emergency       `json:"emergency"`      //
	Trunks         []Trunk         `json:"trunks"`         //
	Extensions     []Extension     `json:"extensions"`     //
	Services       []Service       `json:"services"`       //
	Sections       []Section       `json:"sections"`       //
	Queues         []Queue         `json:"queues"`         //
	Agents         []Agent         `json:"agents"`         //
	Pauses         []Pause         `json:"pauses"`         //
	Desk           Desk            `json:"desk"`           //
	Supervisors    []Supervisor    `json:"supervisors"`    //
	Administrators []Administrator `json:"administrators"` // who may do everything at the box's own page
	Campaigns      []Campaign      `json:"campaigns"`      //
	Parking        Parking         `json:"parking"`        //
	Listening      Listening       `json:"listening"`      //
	Sounds         []Sound         `json:"sounds"`         //
	Recording      Recording       `json:"recording"`      //
	Voicemail      Voicemail       `json:"voicemail"`      //
	Toll           Toll            `json:"toll"`           //
	Transfers      Transfers       `json:"transfers"`      //
	Outbound       Outbound        `json:"outbound"`       //
	Cloud          Cloud           `json:"cloud"`          //
}

// Site says which branch this is.
type Site struct {
	Name     string `json:"name"`
	Country  string `json:"country"`  // ISO 3166-1, lower case: fr, ch, es, gb, it
	Timezone string `json:"timezone"` // IANA name
	Language string `json:"language"` // fr or en: the language of screens and prompts
}

// Network is where the box listens.
type Network struct {
	SIP        string   `json:"sip"`         // address:port of SIP over UDP
	SIPTCP     string   `json:"sip_tcp"`     // the same over TCP; empty: where UDP is; off: none
	SIPTLS     string   `json:"sip_tls"`     // over TLS; empty: none
	SIPWS      string   `json:"sip_ws"`      // over WebSocket (RFC 7118), for softphones; empty: none
	SIPWSS     string   `json:"sip_wss"`     // over secure WebSocket; empty: none
	TLSNames   []string `json:"tls_names"`   // names and addresses in the box's certificate besides its own addresses
	TLSCert    string   `json:"tls_cert"`    // file of a certificate of one's own (PEM), relative to the document; empty: the box makes one
	TLSKey     string   `json:"tls_key"`     // file of its key
	Web        string   `json:"web"`         // address:port of the box's own page, over HTTPS; empty: none
	DNS        []string `json:"dns"`         // name servers, address or address:port; none: the machine's
	Advertised string   `json:"advertised"`  // IP address phones and carriers are told; empty: the one SIP listens on
	RTP        Range    `json:"rtp"`         // UDP ports of sound, two for each leg
	Phones     []string `json:"phones"`      // networks phones may be in; they are never banned
	Remote     []string `json:"remote"`      // networks outside the branch that phones may be in as well; wrong passwords ban their addresses
	MaxCalls   int      `json:"max_calls"`   // calls at once; more are answered 503
	MediaLost  Duration `json:"media_lost"`  // silence of a talking leg's RTP after which it is hung up
	MediaFirst Duration `json:"media_first"` // the same before its first packet
}

// Range is a range of UDP ports, both ends in it.
type Range struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// Numbers is how numbers are dialled here.
type Numbers struct {
	Outside string `json:"outside"` // prefix that phones dial for an outside line; empty: none
}

// Emergency is how emergency calls leave the branch. They go before every other rule and cannot be switched off.
type Emergency struct {
	Numbers   []string `json:"numbers"`   // dialled with or without the outside prefix
	Trunk     string   `json:"trunk"`     // the local trunk
	Presented string   `json:"presented"` // a geographic number of this branch, E.164
	CallBack  Duration `json:"call_back"` // how long after an emergency call the one who placed it is rung first when that number is called; 0: never
}

// Toll is what the box lets out, whatever the carrier would: a stolen password must not cost more than this. Emergency calls know no limit.
type Toll struct {
	Calls     int      `json:"calls"`      // calls outside at once, placed from here; 0: as many as the trunks have channels
	CallsEach int      `json:"calls_each"` // the same for one extension; 0: any
	Forbidden []string `json:"forbidden"`  // classes that nobody may call: national, mobile, international, premium, satellite
	Abroad    []string `json:"abroad"`     // E.164 prefixes of other countries that may be called; none: every country
	Alert     int      `json:"alert"`      // refusals of one extension that raise the alarm; 0: never
	AlertIn   Duration `json:"alert_in"`   // within this
	Night     Night    `json:"night"`      //
}

// Transfers is who may be handed to a number outside (« transfert interdit vers n° externes »).
type Transfers struct {
	Outside string   `json:"outside"` // by_right: by whoever may call outside; one_outside: never two parties outside; never
	Alone   Duration `json:"alone"`   // two parties outside who were left alone on our lines are ended after this
}

// Outbound is which numbers outside may be called, and handed callers to, by anybody of the branch. Queues and agents may have lists of their own: a
// number passes when every list lets it. Emergency numbers know no list.
type Outbound struct {
	Dial     Prefixes `json:"dial"`     // every call outside: phones, toolbar, transfers, forwards, callbacks, campaigns
	Transfer Prefixes `json:"transfer"` // those that hand somebody over, besides (« transfert interdit vers n° externes »)
	Requests int      `json:"requests"` // callbacks asked for on web pages that are taken in an hour, of all queues
}

// Prefixes allows or denies numbers by how they begin: +33899, or the first digits of a short number: 118. What is denied is refused; when anything
// is allowed, the rest is refused too.
type Prefixes struct {
	Allow []string `json:"allow"`
	Deny  []string `json:"deny"`
}

// Cloud is how the box reaches the central console. Which console, and as whom, is no matter of the document: that was settled when it was enrolled.
type Cloud struct {
	Proxy string `json:"proxy"` // the branch's HTTP proxy, http://host:port; empty: none
}

// Night is when the lines outside are locked (« verrou de nuit »). Empty: never.
type Night struct {
	From string   `json:"from"` // "20:00", in the site's time zone
	To   string   `json:"to"`   // "07:00"
	Days []string `json:"days"` // whole days besides: mon … sun
}

// Trunk is a carrier's SIP line.
type Trunk struct {
	Name      string   `json:"name"`
	Address   string   `json:"address"`   // host:port where our calls are sent
	Sources   []string `json:"sources"`   // addresses or networks its calls come from: that is its authentication
	Channels  int      `json:"channels"`  // calls at once, both ways
	Presented string   `json:"presented"` // our number as the carrier shows it, E.164
	Allowed   []string `json:"allowed"`   // other numbers it lets us present
	Prefixes  []string `json:"prefixes"`  // E.164 prefixes it serves; none: every number
	Identity  string   `json:"identity"`  // where a caller's number is read: from, or pai (P-Asserted-Identity, RFC 3325)
	Dialled   string   `json:"dialled"`   // where the dialled number is read: request (Request-URI), or to
	Format    string   `json:"format"`    // how it wants numbers: e164 (+33…), plain (33…), 00 (0033…), national (01…)
	Username  string   `json:"username"`  // for carriers that ask for a password (401, 407)
	Password  Secret   `json:"password"`
	Qualify   Duration `json:"qualify"` // OPTIONS this often, to know whether it is there; 0: never

	Profile    string            `json:"profile"`   // how this kind of carrier speaks; everything else that is said here goes before it
	Transport  string            `json:"transport"` // udp, tcp or tls; empty: what the profile and DNS say
	Proxy      string            `json:"proxy"`     // outbound proxy, host or host:port; empty: none
	Register   string            `json:"register"`  // yes or no: sign on with username and password; empty: as the profile says
	Registrar  string            `json:"registrar"` // where to sign on; empty: address
	Account    string            `json:"account"`   // user of the address that is registered; empty: username
	SRTP       string            `json:"srtp"`      // never, allowed or required; empty: as the profile says
	ShowCaller string            `json:"caller"`    // what a call from outside shows when it goes outside again: ours, or caller; empty: as the profile says
	Settings   map[string]string `json:"settings"`  // anything else of the profile, by its name
}

// Extension is a desk phone's short number (« poste »).
type Extension struct {
	Number    string   `json:"number"`
	Name      string   `json:"name"`
	Secret    Secret   `json:"secret"`    // its phones' password; at least 12 characters
	Ring      Duration `json:"ring"`      // how long it rings when dialled
	Outside   bool     `json:"outside"`   // may call outside; emergency numbers always may
	Presented string   `json:"presented"` // shown outside; empty: the trunk's number

	Kind      string `json:"kind"`      // phone, fax, terminal or lift: what is no phone keeps its tones as they are
	Unlimited bool   `json:"unlimited"` // no toll limit and no night lock holds for it
	Watched   bool   `json:"watched"`   // others may see its lamp
	Inside    bool   `json:"inside"`    // hands nobody to a number outside, though it may call there itself
	SRTP      string `json:"srtp"`      // never, allowed or required, over TLS only

	CallWaiting bool `json:"call_waiting"` // it rings for a second call; never while an agent sits there, whose second call is busy
}

// Service is a number that outside callers dial (« numéro de service »). It leads to a queue or to an extension.
type Service struct {
	Number    string `json:"number"` // E.164
	Name      string `json:"name"`
	Welcome   string `json:"welcome"` // a sound played after the answer; empty: none
	Queue     string `json:"queue"`
	Extension string `json:"extension"`
	Active    bool   `json:"active"`
}

// Section is an entry of the branch's menu (« rubrique ») that an agent may send a caller to, and a key of a queue may lead to.
type Section struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Welcome   string `json:"welcome"` // a sound; empty: none
	Queue     string `json:"queue"`
	Extension string `json:"extension"`
}

// Announce is what callers who wait are told. Music goes on between.
type Announce struct {
	Welcome  string   `json:"welcome"`   // a sound, once, on entering; empty: none
	Periodic string   `json:"periodic"`  // a sound, again and again; empty: none
	Every    Duration `json:"every"`     // how often place, wait and periodic are told; 0: never
	Position bool     `json:"position"`  // their place
	Wait     bool     `json:"wait"`      // how long it will probably take
	MostWait Duration `json:"most_wait"` // a longer wait is not told; 0: it is told as "more than an hour"
}

// Exit is a key that leaves a queue.
type Exit struct {
	Key    string `json:"key"`    // one of 0-9 * #
	To     string `json:"to"`     // callback, voicemail, queue, section or extension
	Target string `json:"target"` // which queue, section or extension; of voicemail the mailbox, empty: the queue's
}

// Callback is how callers of a queue are called back.
type Callback struct {
	Tries   int      `json:"tries"`
	Retry   Duration `json:"retry"`   // between tries
	Keep    Duration `json:"keep"`    // given up after this
	Ring    Duration `json:"ring"`    // how long the caller's phone rings
	Confirm string   `json:"confirm"` // the sound a caller hears who asked for it; empty: goodbye
	Days    []string `json:"days"`    // mon, tue, wed, thu, fri, sat, sun, on which people are called; none: every day
	Hours   []string `json:"hours"`   // "09:00-12:30" of such a day, by the branch's clock; none: all day
	PerDay  int      `json:"per_day"` // how often one number may ask on a web page in a day
}

// Queue is a skill queue (« file de compétence »).
type Queue struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Ring      Duration `json:"ring"`       // how long one agent's phone rings
	Retry     Duration `json:"retry"`      // music between an offer that failed and the next
	CoolDown  Duration `json:"cool_down"`  // how long an agent who did not answer is left in peace
	MaxWait   Duration `json:"max_wait"`   // 0: for ever
	MaxLength int      `json:"max_length"` // 0: any
	WrapUp    Duration `json:"wrap_up"`    // after a call, before the next
	Overflow  string   `json:"overflow"`   // the queue that takes over after max_wait, or when this one is full
	Music     string   `json:"music"`      // a sound
	Record    bool     `json:"record"`     // record every call it answers: needs recording.basis

	Sampled    int  `json:"sampled"`     // of 100 calls it answers, how many are recorded: needs recording.basis
	RecordOut  bool `json:"record_out"`  // record every call placed from it: needs recording.basis
	Discard    bool `json:"discard"`     // a recording is not kept unless somebody says so during the call
	AgentsStop bool `json:"agents_stop"` // agents may stop and pause what the queue records
	AgentsKeep bool `json:"agents_keep"` // agents may keep and discard

	Colour     string    `json:"colour"`      // #rrggbb, in the toolbar; empty: none
	Strategy   string    `json:"strategy"`    // linear, random, round_robin, ring_all or longest_available
	Members    []string  `json:"members"`     // agents in their order, for linear, round_robin and ring_all; the others follow as they stand under agents
	Priority   int       `json:"priority"`    // 1 to 100: among the callers of all queues
	Ageing     Duration  `json:"ageing"`      // each such wait counts as one more of priority
	Service    Duration  `json:"service"`     // answered so fast is in time
	Needs      []Need    `json:"needs"`       // skills its agents must have
	JoinEmpty  []string  `json:"join_empty"`  // agents who are so count as absent: paused, in_use, ringing, unavailable, wrap_up; where all are, nobody is let in
	LeaveEmpty []string  `json:"leave_empty"` // the same: where all are, those who wait leave
	OnEmpty    string    `json:"on_empty"`    // the queue that takes over then; empty: overflow
	AutoPause  AutoPause `json:"auto_pause"`  //
	Whisper    string    `json:"whisper"`     // a sound the agent hears on answer, before the caller; ten seconds at most
	OwnAgent   OwnAgent  `json:"own_agent"`   //

	Dial     Prefixes `json:"dial"`     // numbers that may be called for it
	Transfer Prefixes `json:"transfer"` // numbers its callers may be handed to
	Announce Announce `json:"announce"`
	Exits    []Exit   `json:"exits"`
	Callback Callback `json:"callback"`

	Presented  string `json:"presented"`   // shown on calls placed from it; empty: as without a queue
	OnTransfer string `json:"on_transfer"` // shown when its callers are handed over outside; empty: the caller's, as the trunk's caller says
}

// Need is a skill a queue asks of its agents. Who has more of it is preferred.
type Need struct {
	Skill string   `json:"skill"`
	Level int      `json:"level"` // 1 to 10, at least this
	Relax Duration `json:"relax"` // each such wait of the caller asks one level less; 0: never
}

// Skill is what an agent can do.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level"` // 1 to 10
}

// AutoPause is what follows when an agent lets calls ring or refuses them.
type AutoPause struct {
	Scope string `json:"scope"` // none, queue: paused for this queue until they say that they are available, or all
	After int    `json:"after"` // so many in a row
	Pause string `json:"pause"` // the reason shown
}

// OwnAgent is how callers come back to who spoke with them last.
type OwnAgent struct {
	Wait Duration `json:"wait"` // so long for that agent alone, then for anybody; 0: for anybody at once
	Days int      `json:"days"` // 1 to 30: of a call no older than this
}

// Sound is a file that callers hear: WAV, MP3, FLAC, Ogg Vorbis or Opus of any rate. It is brought to one channel, 8 kHz and its level when it is installed;
// a WAV of one channel, 8 kHz and A-law is played as it is.
type Sound struct {
	Name string `json:"name"`
	File string `json:"file"` // relative to the document
}

// Recording is the branch's rule for recordings.
type Recording struct {
	Basis string `json:"basis"` // the legal basis and purpose, in words; needed before a queue may record every call
	Days  int    `json:"days"`  // kept this long, at most policy.RetentionDays (CNIL)
	Least int    `json:"least"` // days for which a disk that fills up erases none

	Pause Duration `json:"pause"` // one that somebody paused goes on by itself after this, and hidden keys are heard again; 0: never, keys after three minutes
}

// Voicemail is the branch's rule for the messages that callers leave in the mailboxes of queues and extensions.
type Voicemail struct {
	Messages int      `json:"messages"` // in one mailbox; then it is full
	Seconds  int      `json:"seconds"`  // of all messages of one mailbox; then it is full
	Longest  Duration `json:"longest"`  // of one message
	Days     int      `json:"days"`     // kept this long, at most 180
}

// Secret is a password. It shows itself to nobody.
type Secret string

// String writes dots, whatever the secret is.
func (Secret) String() string { return "••••" }

// GoString is String for %#v.
func (Secret) GoString() string { return "••••" }

// LogValue is String for package slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("••••") }

// Duration is a span of time, written "20s" or "1m30s".
type Duration time.Duration

// MS is the span in ms.
func (d Duration) MS() int64 { return time.Duration(d).Milliseconds() }

func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON writes the span as a string.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads a span such as "20s".
func (d *Duration) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("a span of time is written \"20s\" or \"1m30s\", not %s", data)
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no span of time: write \"20s\" or \"1m30s\"", s)
	}
	*d = Duration(v)
	return nil
}
