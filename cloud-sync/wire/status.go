package wire

import "autocom/appliance/exchange/fact"

// Status is a box at a glance, sent every minute, and every two seconds while somebody looks. It is never stored for longer than the next one.
type Status struct {
	Program  string       `json:"program"`
	Serial   string       `json:"serial"`
	Started  int64        `json:"started"`  // Unix ms
	Now      int64        `json:"now"`      // Unix ms, by the box's clock
	Clock    string       `json:"clock"`    // "ntp", "cloud" or "unsynced"
	Revision uint64       `json:"revision"` // confirmed; 0: none from the cloud
	Trial    uint64       `json:"trial,omitempty"`
	Document string       `json:"document"`        // content name of the site document in force
	Local    bool         `json:"local,omitempty"` // the document in force was changed on the spot
	Stream   string       `json:"stream"`
	Last     fact.Address `json:"last"`             // committed on the box
	Acked    fact.Address `json:"acked"`            // known to be in the cloud
	Oldest   int64        `json:"oldest,omitempty"` // Unix ms of the oldest fact that waits; 0: none waits

	Trunks  []Trunk  `json:"trunks"`
	Phones  []Phone  `json:"phones"`
	Queues  []Queue  `json:"queues"`
	Agents  []Agent  `json:"agents"`
	Calls   int      `json:"calls"`  // up now
	Media   bool     `json:"media"`  // the media process answers
	Alarms  []string `json:"alarms"` // sentences
	Machine Machine  `json:"machine"`
}

// Trunk is a carrier's line now.
type Trunk struct {
	Name     string `json:"name"`
	Up       bool   `json:"up"`
	Channels int    `json:"channels"`
	InUse    int    `json:"in_use"`
}

// Phone is an extension and whether a phone answers there.
type Phone struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Up     bool   `json:"up"`
}

// Queue is a queue now.
type Queue struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Waiting   int    `json:"waiting"`
	LongestMS int64  `json:"longest_ms"`
	Talking   int    `json:"talking"`
	Free      int    `json:"free"`   // agents that may be offered a call now
	Agents    int    `json:"agents"` // logged in
}

// Agent is an agent now, by name of the document.
type Agent struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   string `json:"state"` // "out", "free", "busy", "pause"
	SinceMS int64  `json:"since_ms"`
}

// Machine is the box itself; what it cannot measure is 0 or empty.
type Machine struct {
	Board     string  `json:"board"`
	Slot      string  `json:"slot,omitempty"` // "A" or "B"
	UptimeMS  int64   `json:"uptime_ms"`
	CelsiusMC int     `json:"celsius_mc"` // thousandths of a degree
	DiskUsed  float64 `json:"disk_used"`  // of the data partition, 0 … 1
	Load      float64 `json:"load"`       // 1 minute, per core
}

// StatusAnswer is the cloud's word to a status.
type StatusAnswer struct {
	Time    int64        `json:"time"`
	Desired uint64       `json:"desired"` // the newest revision published for this box
	Acked   fact.Address `json:"acked"`
	Watched bool         `json:"watched"` // somebody looks: send every two seconds for the next half minute
}

// Nudge is an event of the stream. It says what may be asked for; nothing is lost with one that does not arrive.
type Nudge struct {
	Desired uint64 `json:"desired,omitempty"` // a revision was published
	Watched bool   `json:"watched,omitempty"` // somebody opened the site's page
	Facts   bool   `json:"facts,omitempty"`   // the high-water mark was moved: send from there
}

// NudgeEvent is the name of the stream's events.
const NudgeEvent = "nudge"
