package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
)

// Toll limits: what the box lets out on whose account, whatever the cloud and the carrier say. Emergency calls know no limit.

// strikes counts how often an extension ran into a limit.
type strikes struct {
	Extension string `json:"extension"`
	Since     int64  `json:"since"` // ms since boot
	Count     int    `json:"count"`
}

// maxStrikes bounds how many extensions are counted at once; the one that began longest ago is forgotten.
const maxStrikes = 256

// payer is the extension on whose account a call leaves the box; empty for one that comes from outside.
func payer(c *call.Call) string {
	if c.Payer != "" {
		return c.Payer
	}
	if l := c.CallerLeg(); l != nil {
		return l.Extension
	}
	return ""
}

// outside counts the lines by which calls left the box, in all and on one account: two that were joined in one call are two. Agents who answer
// outside take a line as everybody does, on nobody's account.
func (s *State) outside(who string) (all, each int) {
	for _, c := range s.order {
		if c.Target.Emergency() {
			continue
		}
		for i := range c.Legs {
			l := &c.Legs[i]
			if l.Way != call.Out || l.Trunk == "" || l.State == call.Ending {
				continue
			}
			all++
			if payer(c) == who && s.agentOn(l.ID) == nil {
				each++
			}
		}
	}
	return all, each
}

func (s *State) strike(x *site, who string) {
	if x.Toll.Alert <= 0 || who == "" {
		return
	}
	list := slices.DeleteFunc(slices.Clone(s.struck), func(k strikes) bool { return s.clock-k.Since > x.Toll.AlertMS })
	i := slices.IndexFunc(list, func(k strikes) bool { return k.Extension == who })
	if i < 0 {
		if len(list) >= maxStrikes {
			list = list[1:]
		}
		list = append(list, strikes{Extension: who, Since: s.clock})
		i = len(list) - 1
	}
	list[i].Count++
	if list[i].Count == x.Toll.Alert { // once in each window
		s.tell(fact.TollAlert{Extension: who, Refused: list[i].Count, WithinMS: s.clock - list[i].Since})
	}
	s.struck = list
}

// nightLock closes or opens the lines outside. Calls that are up go on.
func (s *State) nightLock(in NightLock) {
	if s.night != in.On {
		s.night, s.dirty = in.On, true
		s.tell(fact.NightLocked{On: in.On, By: in.By})
	}
	s.reply(in.Request)
}
