package site

import (
	"slices"
	"time"

	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/queue"
)

// sounds every box has, whatever its document says.
const (
	SoundMusic   = "music"   // the built-in hold music
	SoundWelcome = "welcome" // the built-in chime
)

func builtIn(sound string) bool {
	return sound == SoundMusic || sound == SoundWelcome || shipped(sound)
}

// frenchEmergency are the emergency numbers of the ARCEP list that a telephone dials.
func frenchEmergency() []string {
	return []string{"15", "17", "18", "112", "114", "115", "119", "191", "196", "197", "116000", "116117"}
}

// blank is a document with every default in it, into which what is written is read.
func blank() Document {
	return Document{
		Site:      Site{Country: "fr", Timezone: "Europe/Paris", Language: "fr"},
		Network:   Network{SIP: "0.0.0.0:5060", RTP: Range{First: 16384, Last: 18383}, Phones: []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}, MaxCalls: 200, MediaLost: Duration(15 * time.Second), MediaFirst: Duration(30 * time.Second)},
		Emergency: Emergency{Numbers: frenchEmergency(), CallBack: Duration(10 * time.Minute)},
		Recording: Recording{Days: policy.RetentionDays(), Least: 7},
		Voicemail: Voicemail{Messages: 100, Seconds: 3600, Longest: Duration(3 * time.Minute), Days: 90},
		Toll:      Toll{CallsEach: 4, Forbidden: []string{"premium", "satellite"}, Abroad: []string{"+3", "+4"}, Alert: 5, AlertIn: Duration(10 * time.Minute)},
		Desk:      Desk{Grace: Duration(time.Minute)},
		Parking:   Parking{Slots: 10, Max: Duration(2 * time.Minute)},
		Outbound:  Outbound{Requests: 60},
		Transfers: Transfers{Outside: "by_right", Alone: Duration(2 * time.Hour)},
	}
}

func blankTrunk() Trunk {
	return Trunk{Channels: 10, Profile: "generic-ip"}
}

func blankExtension() Extension {
	return Extension{Ring: Duration(30 * time.Second), Outside: true, Kind: "phone", Watched: true, SRTP: "allowed", CallWaiting: true}
}

func blankService() Service { return Service{Active: true} }

func blankQueue() Queue {
	return Queue{
		Ring: Duration(20 * time.Second), Retry: Duration(2 * time.Second), CoolDown: Duration(15 * time.Second), Music: SoundMusic,
		Strategy: string(queue.LongestAvailable), Priority: queue.DefaultPriority, Ageing: Duration(queue.DefaultAgeing * time.Millisecond),
		Service: Duration(20 * time.Second), AutoPause: AutoPause{Scope: "none", After: 1}, OwnAgent: OwnAgent{Days: mostOwnDays},
		Callback: Callback{Tries: 3, Retry: Duration(10 * time.Minute), Keep: Duration(24 * time.Hour), Ring: Duration(40 * time.Second), PerDay: 3},
	}
}

func blankAgent() Agent {
	return Agent{Presented: presentExtension, CallsOut: true, TransfersOut: true, Records: true}
}

// complete fills what follows from other fields.
func (d *Document) complete() {
	for i := range d.Queues {
		if d.Queues[i].Name == "" {
			d.Queues[i].Name = d.Queues[i].ID
		}
	}
	for i := range d.Trunks {
		t := &d.Trunks[i]
		if t.Presented != "" && !slices.Contains(t.Allowed, t.Presented) {
			t.Allowed = append([]string{t.Presented}, t.Allowed...)
		}
	}
}
