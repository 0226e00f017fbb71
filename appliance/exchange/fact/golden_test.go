package fact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
)

var update = flag.Bool("update", false, "write the golden files from the examples")

var (
	reasons    = []fact.Reason{{Code: "queue.longest_available", Detail: "free for 312 s"}, {Code: "number.service"}}
	candidates = []fact.Candidate{{Agent: "alice", Fit: true}, {Agent: "bob", Fit: false, Reasons: []fact.Reason{{Code: "agent.talking", Detail: "call c7"}}}}
	address    = fact.Address{Stream: "box-1", Epoch: 3, N: 41}
)

// examples holds one fact of every kind with every field set, so that a renamed or forgotten field shows in its golden file.
func examples() []fact.Fact {
	return []fact.Fact{
		fact.CallOpened{Call: "c1", Leg: "l1", Flow: "inbound", Trunk: "carrier", Extension: "201", Caller: "s01", Withheld: true, Dialled: "+33140506070", Callee: "s02", Callback: "k1", Campaign: "relance", Contact: "p1", Revision: "4f2a"},
		fact.CallRouted{Call: "c1", To: "service", Target: "sales", Reasons: reasons},
		fact.CallEnded{
			Call: "c1", Outcome: fact.CallAbandoned, Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered, Cause: "media.timeout", HungUpBy: "caller",
			TotalMS: 61000, WaitMS: 42000, RingMS: 15000, TalkMS: 1, HoldMS: 2, Reasons: reasons,
		},
		fact.CallFaulted{Call: "c1", StackHash: "9c1e", Input: "leg.answered"},
		fact.TransferStarted{Call: "c1", Manner: "attended", By: "201", Agent: "alice", Leg: "l2", As: "outside_attended", To: "trunk", Target: "carrier", Consult: "c2", Reasons: reasons},
		fact.TransferCompleted{Call: "c1", By: "201", Leg: "l3", Queue: "sales"},
		fact.TransferFailed{Call: "c1", By: "201", Cause: "busy", Then: "back", Reasons: reasons},
		fact.CallMerged{Call: "c2", Into: "c1", Legs: []string{"l4"}},
		fact.CallPlaced{Call: "c1", By: "agent:alice", Agent: "alice", Extension: "201", Queue: "rouge", AutoAnswer: true},
		fact.CallLimited{Call: "c1", LimitMS: 7200000},
		fact.LegReplaced{Call: "c1", Leg: "l2", By: "l5", Extension: "203", Early: true},
		fact.AnnouncementStarted{Call: "c1", Leg: "l1", Sound: "bienvenue"},
		fact.AnnouncementEnded{Call: "c1", Leg: "l1", Sound: "bienvenue", Finished: true, Error: "sound.missing"},
		fact.LegOpened{Call: "c1", Leg: "l2", Way: "out", Trunk: "carrier", Extension: "201"},
		fact.LegRinging{Call: "c1", Leg: "l2"},
		fact.LegAnswered{Call: "c1", Leg: "l2"},
		fact.LegHeld{Call: "c1", Leg: "l2", Held: true, By: "agent:alice"},
		fact.LegEnded{Call: "c1", Leg: "l2", Cause: "refused", SIP: 486},
		fact.BridgeJoined{Call: "c1", Legs: []string{"l1", "l2"}},
		fact.BridgeParted{Call: "c1", Legs: []string{"l1", "l2"}, TalkMS: 58000},
		fact.DigitPressed{Call: "c1", Leg: "l1", Via: "rfc4733"},
		fact.VisitEntered{Call: "c1", Visit: 1, Queue: "sales", Position: 2, Priority: 50, From: "welcome"},
		fact.VisitEnded{Call: "c1", Visit: 1, Queue: "sales", Outcome: fact.VisitExited, Key: "2", To: "support", WaitMS: 42000, Offers: 2, Agent: "alice"},
		fact.OfferMade{Call: "c1", Visit: 1, Offer: 1, Queue: "sales", Agent: "alice", Extension: "201", Leg: "l2", WaitedMS: 12000, Candidates: candidates},
		fact.NobodyOffered{Call: "c1", Visit: 1, Queue: "sales", Candidates: candidates},
		fact.OfferEnded{Call: "c1", Visit: 1, Offer: 1, Agent: "alice", Outcome: fact.OfferBusy, RingMS: 15000, SIP: 486},
		fact.AgentChanged{
			Agent: "alice", Session: "in", Extension: "201", Declared: "pause", Pause: "lunch", Activity: "idle", Line: "free", Lock: "supervisor", LockBy: "supervisor:sam", LockNote: "training", Next: "pause", NextPause: "lunch", Forced: true, Call: "c1",
			Reasons: reasons,
		},
		fact.ReservationHealed{Agent: "alice", Was: "ringing", Call: "c1", Reasons: reasons},
		fact.RecordingStarted{Call: "c1", Recording: "r1", Leg: "l1", Box: "queue:sales", Reasons: reasons},
		fact.RecordingEnded{Call: "c1", Recording: "r1", SoundMS: 58020, Error: "disk full"},
		fact.CommandRefused{Command: "record", By: "alice", Call: "c1", Agent: "alice", Reasons: reasons},
		fact.CallParked{Call: "c1", Leg: "l1", Slot: "701", By: "agent:alice"},
		fact.CallUnparked{Call: "c1", Slot: "701", By: "extension:204"},
		fact.DigitsSent{Call: "c1", Leg: "l1", Count: 4, By: "agent:alice"},
		fact.RecordingPaused{Call: "c1", Recording: "r1", Paused: true, Why: "command", By: "agent:alice"},
		fact.RecordingKept{Call: "c1", Recording: "r1", Keep: true, By: "agent:alice"},
		fact.VoicemailLeft{Call: "c1", Box: "queue:sales", Recording: "r1"},
		fact.CallbackRequested{Callback: "k1", Call: "c1", Queue: "sales", Subject: "s1", Source: "queue", SinceMS: 42000},
		fact.CallbackEnded{Callback: "k1", Call: "c2", Outcome: "reached", Attempts: 2, Reasons: reasons},
		fact.CampaignChanged{Campaign: "relance", By: "supervisor:sam", State: "running"},
		fact.CampaignImported{Campaign: "relance", By: "console", Taken: 40, Rejected: 2},
		fact.ContactChanged{
			Contact: "p1", Campaign: "relance", Queue: "sales", Subject: "s1", State: "resting", Agent: "alice", Call: "c1", Attempts: 1, Automated: true,
			Result: "no_answer", Until: 1735693200000, Reasons: reasons,
		},
		fact.ContactMarked{Contact: "p1", Campaign: "relance", Queue: "sales", Subject: "s1", Agent: "alice", By: "agent:alice", Mark: "later", Until: 1735693200000},
		fact.ConsentChanged{Subject: "s1", By: "console", Source: "web form", Text: "I agree", At: 1735689600000, Revoked: true},
		fact.SupervisionStarted{Call: "c1", By: "supervisor:sam", Agent: "alice", Leg: "l3", Mode: "listen", Announced: true},
		fact.SupervisionChanged{Call: "c1", By: "supervisor:sam", Agent: "alice", Mode: "whisper"},
		fact.SupervisionEnded{Call: "c1", By: "supervisor:sam", Agent: "alice", LastedMS: 31000, Cause: "command"},
		fact.AgentMessaged{Agent: "alice", By: "supervisor:sam", Text: "Bravo"},
		fact.CommandTaken{Command: "call.move", By: "supervisor:sam", Call: "c1", Agent: "alice", Detail: "to support"},
		fact.ExtensionSet{Extension: "204", By: "extension:204", DND: true, Forward: "205", When: "busy", Subject: "s1"},
		fact.StorageChanged{Level: "no_samples", Was: "warned", FreeBytes: 1 << 30, SizeBytes: 1 << 34},
		fact.KeyChanged{Of: "recordings", State: fact.KeyLost, Locked: 12},
		fact.ClockJudged{State: fact.ClockSure, Was: fact.ClockAhead, Known: 1_780_000_000_000, By: "user:root"},
		fact.RecordingErased{Recording: "r1", Call: "c1", Box: "queue:rouge", By: "user:root", Why: "command"},
		fact.RecordingRead{Recording: "r1", Call: "c1", Box: "queue:rouge", By: "user:root", How: "export"},
		fact.VoicemailMarked{Box: "extension:204", Recording: "r1", State: "heard", By: "extension:204"},
		fact.SubjectErased{Subject: "s1", By: "user:root", Recordings: 3, Messages: 1},
		fact.SubjectRead{Subject: "s1", By: "user:root", Recordings: 3, Messages: 1},
		fact.SiteApplied{Revision: "4f2a", Previous: "11ab"},
		fact.CallTurnedAway{Trunk: "carrier", Extension: "201", Status: 488, Reason: "media.refused"},
		fact.PhoneReachable{Extension: "201", Reachable: true, Contacts: 2},
		fact.TrunkReachable{Trunk: "carrier", Reachable: true, Reason: "registered"},
		fact.TollRefused{Call: "c1", Extension: "201", Limit: "class", Detail: "premium"},
		fact.TollAlert{Extension: "201", Refused: 5, WithinMS: 600000},
		fact.NightLocked{On: true, By: "site"},
		fact.BoxStarted{Program: "1.2.3", Clean: true, Resumed: 2},
		fact.BoxStopped{Planned: true},
		fact.FactsLost{From: address, To: fact.Address{Stream: "box-1", Epoch: 4}, Cause: "unclean stop"},
		fact.MediaChanged{Up: true, Legs: 4, Reason: "restarted"},
		fact.LegQuality{Call: "c1", Leg: "l1", Codec: "PCMA", Received: 2900, Sent: 2901, Lost: 3, Late: 2, LossRuns: 4, JitterUS: 812, Strangers: 1, Forged: 2, Replayed: 1, RoundTrip: 21000, RFactorX10: 912, MOSX10: 44, PeerMOSX10: 43, LevelX10: -203, SpeechPercent: 47},
		fact.LinkChanged{Up: true, Reason: "the cloud answers again"},
		fact.SiteRefused{Revision: 12, Problems: 3, Reason: "the document has 3 mistakes"},
		fact.SiteReverted{Revision: 13, Returned: 11, Reason: "the cloud did not confirm it within 10m0s"},
		fact.BoxEnrolled{Tenant: "t1", Site: "s1"},
	}
}

// TestEveryKindHasItsGoldenJSON holds what is written into journals for ever: each kind's JSON may only change with its version.
func TestEveryKindHasItsGoldenJSON(t *testing.T) {
	byKind := map[fact.Kind]fact.Fact{}
	for _, f := range examples() {
		if byKind[f.Kind()] != nil {
			t.Errorf("two examples of %s", f.Kind())
		}
		byKind[f.Kind()] = f
		empty(t, string(f.Kind()), reflect.ValueOf(f))
	}
	files := map[string]bool{}
	for _, kind := range fact.Kinds() {
		path := filepath.Join("testdata", string(kind)+".json")
		files[path] = true
		t.Run(string(kind), func(t *testing.T) {
			f := byKind[kind]
			if f == nil {
				t.Fatalf("%s has no example: add one to examples and run go test -update", kind)
			}
			e := fact.Entry{Address: address, At: fact.Moment{UTC: 1767225600123, Boot: 86400042}, Fact: f}
			got := indented(t, e)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%s has no golden file: %v (run go test -update)", kind, err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("encoded:\n%s\ngolden:\n%s\nA journal holds such facts for ever: raise the version instead of changing the meaning of a field.", got, want)
			}
			var back fact.Entry
			if err := json.Unmarshal(want, &back); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, e) {
				t.Errorf("decoded %+v, want %+v", back, e)
			}
			if again := indented(t, back); !bytes.Equal(again, want) {
				t.Errorf("decoding and encoding again gives\n%s\ninstead of\n%s", again, want)
			}
		})
	}
	present, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range present {
		if !files[path] {
			t.Errorf("%s is the golden file of no kind; a kind once written is never taken away", path)
		}
	}
	if len(byKind) != len(fact.Kinds()) {
		t.Errorf("%d examples for %d kinds", len(byKind), len(fact.Kinds()))
	}
}

// empty fails for each field of an example that is not set.
func empty(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		name := path + "." + v.Type().Field(i).Name
		if v.Field(i).IsZero() {
			t.Errorf("the example leaves %s empty", name)
		}
	}
}

func indented(t *testing.T, e fact.Entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "\t")
	if err := enc.Encode(e); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestAnUnknownKindIsATypedError(t *testing.T) {
	_, err := fact.Decode("call.teleported", 1, []byte("{}"))
	if !errors.Is(err, fact.ErrUnknownKind) || !strings.Contains(err.Error(), "call.teleported") {
		t.Errorf("got %v", err)
	}
	var e fact.Entry
	err = json.Unmarshal([]byte(`{"address":{"stream":"b","epoch":1,"n":7},"kind":"call.teleported","v":1,"body":{}}`), &e)
	if !errors.Is(err, fact.ErrUnknownKind) || !strings.Contains(err.Error(), "b/1/7") {
		t.Errorf("got %v, want the address named", err)
	}
}

func TestAVersionOutOfRangeIsATypedError(t *testing.T) {
	for _, f := range examples() {
		for _, version := range []int{-1, 0, f.Version() + 1} {
			if _, err := fact.Decode(f.Kind(), version, []byte("{}")); !errors.Is(err, fact.ErrVersion) || !strings.Contains(err.Error(), fmt.Sprint(version)) {
				t.Errorf("%s version %d: %v", f.Kind(), version, err)
			}
		}
		for version := 1; version <= f.Version(); version++ {
			if _, err := fact.Decode(f.Kind(), version, []byte("{}")); err != nil {
				t.Errorf("%s version %d, which journals may hold: %v", f.Kind(), version, err)
			}
		}
	}
}

func TestFieldsOfALaterBoxAreIgnoredAndNonsenseIsNot(t *testing.T) {
	f, err := fact.Decode("leg.ringing", 1, []byte(`{"call":"c1","leg":"l1","colour":"green"}`))
	if err != nil || f != (fact.LegRinging{Call: "c1", Leg: "l1"}) {
		t.Errorf("%v, %v", f, err)
	}
	for _, body := range []string{``, `7`, `{"call":7}`, `{"call":`, `[]`} {
		if _, err := fact.Decode("leg.ringing", 1, []byte(body)); err == nil {
			t.Errorf("took %q", body)
		}
	}
}

func TestAddressesAreOrderedByEpochThenNumber(t *testing.T) {
	order := []fact.Address{{Epoch: 1, N: 0}, {Epoch: 1, N: 9}, {Epoch: 2, N: 0}, {Epoch: 2, N: 1}, {Epoch: 10, N: 1}}
	for i, a := range order {
		for k, b := range order {
			if a.Before(b) != (i < k) {
				t.Errorf("%v before %v: %v", a, b, a.Before(b))
			}
		}
	}
}

func FuzzEntry(f *testing.F) {
	for _, example := range examples() {
		raw, err := json.Marshal(fact.Entry{Address: address, Fact: example})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e fact.Entry
		if json.Unmarshal(raw, &e) != nil {
			return
		}
		once, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		var back fact.Entry
		if err := json.Unmarshal(once, &back); err != nil {
			t.Fatal(err)
		}
		if twice, err := json.Marshal(back); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}
