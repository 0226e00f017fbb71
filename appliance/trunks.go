package appliance

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"autocom/appliance/sipedge/leg/digest"
	"autocom/appliance/sipedge/trunk"
	"autocom/appliance/site"
)

// TrunkProfile is a profile of carriers, for people.
type TrunkProfile struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Source string `json:"source,omitempty"`
}

// TrunkProfiles lists the profiles of carriers that come with the box.
func TrunkProfiles() []TrunkProfile {
	all, err := trunk.Profiles()
	if err != nil { // they are part of the program, and a test reads each
		panic(err)
	}
	list := make([]TrunkProfile, 0, len(all))
	for _, p := range all {
		list = append(list, TrunkProfile{Name: p.Name, Title: p.Title, Source: p.Source})
	}
	return list
}

// CheckTrunks names what is wrong with the trunks of a document that Check has found good: profiles and settings are known here only.
func CheckTrunks(doc *site.Document) []site.Problem {
	var problems []site.Problem
	for i, t := range doc.Trunks {
		at := fmt.Sprintf("trunks[%d]", i)
		c, bad := trunkConfig(doc, t)
		for _, p := range bad {
			p.Path = at + p.Path
			problems = append(problems, p)
		}
		if len(bad) > 0 {
			continue
		}
		if len(t.Sources) == 0 && !c.Follows() {
			problems = append(problems, site.Problem{Path: at + ".sources", Sentence: "nobody could call in by this trunk", Remedy: "list the carrier's addresses"})
		}
		if c.Registers() && t.Username == "" {
			problems = append(problems, site.Problem{Path: at + ".username", Sentence: "the trunk cannot sign on without a name", Remedy: "write the name and password of the contract"})
		}
		for _, sentence := range c.Check() {
			problems = append(problems, site.Problem{Path: at, Sentence: sentence, Remedy: "mend the setting, or choose another profile (autocom trunk profiles)"})
		}
	}
	return problems
}

// trunkConfig is one trunk of the document over its profile.
func trunkConfig(doc *site.Document, t site.Trunk) (trunk.Config, []site.Problem) {
	profile, err := trunk.ProfileNamed(t.Profile)
	if err != nil {
		return trunk.Config{}, []site.Problem{{
			Path: ".profile", Sentence: fmt.Sprintf("there is no profile %q", t.Profile), Remedy: "choose one that autocom trunk profiles lists",
		}}
	}
	code, prefix := trunk.Home(strings.ToUpper(doc.Site.Country))
	c := trunk.Config{
		Name: t.Name, Servers: []string{t.Address}, Transport: trunk.Transport(t.Transport), Register: trunk.Choice(t.Register),
		Account: t.Account, Username: t.Username, Password: digest.Secret(t.Password),
		Presented: t.Presented, Allowed: t.Allowed, CountryCode: code, TrunkPrefix: prefix,
		Identity: trunk.Identity(t.Identity), Dialled: trunk.Dialled(t.Dialled), Format: trunk.Format(t.Format),
		SRTP: trunk.SRTP(t.SRTP), ShowCaller: trunk.ShowCaller(t.ShowCaller), Qualify: time.Duration(t.Qualify),
	}
	if host, _, err := net.SplitHostPort(t.Address); err == nil && strings.Trim(host, "0123456789.:[]") != "" {
		c.Domain = host
	}
	if t.Proxy != "" {
		c.Proxies = []string{t.Proxy}
	}
	if t.Registrar != "" {
		c.Registrars = []string{t.Registrar}
	}
	for _, n := range t.Sources {
		c.Sources = append(c.Sources, prefixOf(n))
	}
	var problems []site.Problem
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		if err := c.Set(name, t.Settings[name]); err != nil {
			problems = append(problems, site.Problem{
				Path: ".settings." + name, Sentence: strings.TrimPrefix(err.Error(), "trunk: "), Remedy: "look the name up in the profile's file, and write its value as there",
			})
		}
	}
	return c.Over(profile.Config), problems
}
