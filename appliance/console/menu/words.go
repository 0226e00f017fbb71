package menu

import (
	"fmt"
	"time"
)

// Language is one of the two the menu speaks.
type Language int

// The languages.
const (
	French Language = iota
	English
)

func (l Language) words() *words {
	if l == English {
		return english()
	}
	return french()
}

// tag is the language as the box's common words know it.
func (l Language) tag() string {
	if l == English {
		return "en"
	}
	return "fr"
}

// words is every sentence of the menu in one language. In both languages a sentence takes the same values in the same order.
type words struct {
	Code      string // "FR"
	Serial    string
	DateTime  string // layout of a date and a time
	Day, Hour string // of ages
	Minute    string
	Second    string
	Now       string

	Login   loginWords
	Banner  bannerWords
	Menu    [10]entryWords // by number
	Prompt  promptWords
	Notice  noticeWords
	Help    []string
	Net     netWords
	Trunk   trunkWords
	Phone   phoneWords
	Check   checkWords
	Cloud   cloudWords
	Admin   adminWords
	Restart restartWords
	Log     logWords
	Tongue  tongueWords
}

type entryWords struct{ Title, About, Command string }

type loginWords struct {
	Title, Ask, First, Note, Checking, Wrong, Wait, NotACode, Choices, Closed, Prompt, Idle string
}

type bannerWords struct {
	Version, Network, Trunks, Phones, Console, Alarm                   string // headings
	Slot, SlotTrial, Up, CoreUp                                        string
	DHCP, VLAN, Unplugged, Gateway, Trial, NoSteward, Reading          string
	TrunkUp, TrunkLost, TrunkDown, TrunkUses, NoTrunk, NoEmergency     string
	OthersUp, OthersDown                                               string
	Phones1, Muted1, Muted, NoPhones, NoCalls, Call1, Calls            string
	Joined, Offline, NeverJoined, NotEnrolled, NoLink, Sent, Wait, One string
	CoreDown, CoreDownCalls, CoreDownPhones, CoreDownHow               string
	NoAlarm, Back                                                      string
	MediaDown, MediaLost, FactsLost, CallDropped, Toll, Unclean        string
	OldDocument, JournalBroken                                         string
	Reasons                                                            map[string]string // why a line is down, by the core's words
}

type promptWords struct {
	Choice, Line, Keys, ListKeys, More, Back, Closing, Logged string
}

type noticeWords struct {
	Garbled, TooLong, TooFast, Unknown, Busy, Failed, Done, Absent, NoBox, Kept, Timeout string
}

type netWords struct {
	Address, Gateway, DNS, NTP, VLAN, Cable, None, NoGateway, Automatic, NotPlugged string
	Change, Form, AskAddress, AskGateway, AskDNS, AskNTP, AskVLAN                   string
	BadAddress, BadGateway, BadDNS, BadVLAN, BadNTP, GatewayOutside                 string
	Review, Before, After, Same, Go, Cut1, Cut, TrialTitle, Checks                  string
	CheckCable, CheckGateway, CheckDNS, CheckTime                                   string
	Console, TrunkUp, TrunksUp, PhonesBack, Unanswered, Type                        string
	Alone, Kept, Reverted, Trying, Keeping, Reverting, Over                         string
	Keep, Revert                                                                    string // words to type
}

type trunkWords struct {
	Ask, Test, Start, Running, Passed, Failed, Stopped, None, Number string
	Steps                                                            map[string]stepWords // by console.TestStep.Name
	NotTried                                                         string
}

// stepWords is a step of a proof: what it is called, what it says when it went well, and what to do when not (empty: the box's own words).
type stepWords struct{ Title, Good, Remedy string }

type phoneWords struct{ Heard, Silent, None, Head string }

type checkWords struct {
	Running, AllWell, Found, Do, Seen, At string
}

type cloudWords struct {
	Attached, Detached, State, Connected, Offline, Site, Backlog, Revision, Expires     string
	Enrol, Leave, AskServer, AskClaim, Enrolling, Enrolled, LeaveNote, Left, NoRevision string
	LeaveWord                                                                           string
}

type adminWords struct{ About, Make, Code, Until, Making string }

type restartWords struct {
	Core, CoreNote, CoreHard, Media, MediaNote, Reboot, RebootNote, Off, OffNote, Type string
	Sent, Gone                                                                         string
	CoreWord, MediaWord, RebootWord, OffWord                                           string
}

type logWords struct{ All, Core, Media, Ask, Live, Reading, Empty, Follow, Count, Broken string }

type tongueWords struct{ French, English, Accents, Plain, Now string }

// age is how long something takes or has lasted, in at most two units.
func (w *words) age(d time.Duration) string {
	switch s := int(d / time.Second); {
	case s < 60:
		return fmt.Sprintf("%d %s", max(s, 0), w.Second)
	case s < 600:
		return fmt.Sprintf("%d %s %02d", s/60, w.Minute, s%60)
	case s < 3600:
		return fmt.Sprintf("%d %s", s/60, w.Minute)
	case s < 24*3600:
		return fmt.Sprintf("%d %s %02d", s/3600, w.Hour, s/60%60)
	default:
		return fmt.Sprintf("%d %s", s/(24*3600), w.Day)
	}
}

// when is a moment: the time alone if it was today.
func (w *words) when(t, now time.Time) string {
	t = t.In(now.Location())
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format(w.DateTime)
}

// thousands writes a number in groups of three.
func thousands(n uint64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(" %03d", n%1000)
}
