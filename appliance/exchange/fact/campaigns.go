package fact

// CampaignChanged says a campaign calls from here on, or calls nobody.
type CampaignChanged struct {
	Campaign string `json:"campaign"`
	By       string `json:"by"`
	State    string `json:"state"` // "running", "paused"; "stopped": nobody of its list is called any more
}

// CampaignImported says a list of contacts was put into a campaign.
type CampaignImported struct {
	Campaign string `json:"campaign"`
	By       string `json:"by"`
	Taken    int    `json:"taken"`
	Rejected int    `json:"rejected"` // lines that were not taken; the answer said which and why
}

// ContactChanged says where a contact of a campaign stands from here on.
type ContactChanged struct {
	Contact   string   `json:"contact"`
	Campaign  string   `json:"campaign"`
	Queue     string   `json:"queue,omitempty"` // whose agents call
	Subject   Subject  `json:"subject,omitempty"`
	State     string   `json:"state"`               // "waiting", "allocated", "dialling", "resting", "done", "refused", "cancelled"
	Agent     string   `json:"agent,omitempty"`     // who has it
	Call      string   `json:"call,omitempty"`      // the attempt that is made, or was
	Attempts  int      `json:"attempts"`            // so far, this one with them
	Automated bool     `json:"automated,omitempty"` // the box dials by itself
	Result    string   `json:"result,omitempty"`    // of the last attempt
	Until     int64    `json:"until,omitempty"`     // Unix ms: given back, or called again
	Reasons   []Reason `json:"reasons,omitempty"`
}

// ContactMarked says what an agent notes of a call with a contact.
type ContactMarked struct {
	Contact  string  `json:"contact"`
	Campaign string  `json:"campaign"`
	Queue    string  `json:"queue,omitempty"`
	Subject  Subject `json:"subject,omitempty"`
	Agent    string  `json:"agent"`
	By       string  `json:"by"`
	Mark     string  `json:"mark"` // "converted", "refused", "wrong_number", "machine", "later"
	Until    int64   `json:"until,omitempty"`
}

// ConsentChanged says a person agreed to be solicited by telephone, with its proof, or took that back.
type ConsentChanged struct {
	Subject Subject `json:"subject"`
	By      string  `json:"by"`
	Source  string  `json:"source,omitempty"` // where it was given
	Text    string  `json:"text,omitempty"`   // what the person agreed to
	At      int64   `json:"at"`               // Unix ms
	Revoked bool    `json:"revoked,omitempty"`
}
