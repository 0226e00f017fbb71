package appliance

import (
	"slices"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/sdp"
	"autocom/appliance/sipedge/trunk"
	"autocom/appliance/site"
)

func TestExampleTrunksAreGood(t *testing.T) {
	if problems := CheckTrunks(exampleSite(t)); len(problems) > 0 {
		t.Fatal(problems)
	}
}

// What the document says goes before its profile, and what it leaves open is the profile's.
func TestTrunkOverItsProfile(t *testing.T) {
	doc := exampleSite(t)
	line := doc.Trunks[0]
	line.Profile, line.Format, line.Settings = "generic-registration", "national", map[string]string{"from": "account", "dead_after": "7"}
	c, bad := trunkConfig(doc, line)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if !c.Registers() || c.Format != trunk.FormatNational || c.FromUser != trunk.FromAccount || c.DeadAfter != 7 || c.CountryCode != "33" {
		t.Errorf("%+v", c)
	}
	line.Register = "no"
	if c, _ = trunkConfig(doc, line); c.Registers() {
		t.Error("the profile wins over the document")
	}
}

func TestMistakesThatOnlyProfilesShow(t *testing.T) {
	for path, change := range map[string]func(*site.Trunk){
		"trunks[0].profile":        func(l *site.Trunk) { l.Profile = "nobody" },
		"trunks[0].settings.nose":  func(l *site.Trunk) { l.Settings = map[string]string{"nose": "red"} },
		"trunks[0].username":       func(l *site.Trunk) { l.Profile = "generic-registration" },
		"trunks[0].sources":        func(l *site.Trunk) { l.Sources, l.Profile = nil, "national-ip" },
		"trunks[0]":                func(l *site.Trunk) { l.Settings = map[string]string{"format": "roman"}; l.Format = "" },
		"trunks[0].settings.quick": func(l *site.Trunk) { l.Settings = map[string]string{"quick": "yes"} },
	} {
		doc := exampleSite(t)
		change(&doc.Trunks[0])
		problems := CheckTrunks(doc)
		if len(problems) != 1 || problems[0].Path != path || problems[0].Remedy == "" {
			t.Errorf("%s: %v", path, problems)
		}
	}
}

func TestProfilesAreListed(t *testing.T) {
	all := TrunkProfiles()
	for _, want := range []string{"generic-ip", "generic-registration", "generic-gin"} {
		if !slices.ContainsFunc(all, func(p TrunkProfile) bool { return p.Name == want && p.Title != "" }) {
			t.Errorf("no profile %s in %v", want, all)
		}
	}
}

// UDP must be; TCP stands beside it unless it is switched off; TLS can be dialled even where nobody listens.
func TestWhereSIPIsSpoken(t *testing.T) {
	doc := exampleSite(t)
	host, err := advertised(doc)
	if err != nil {
		t.Fatal(err)
	}
	kinds := func() (all []flow.Transport, needed int) {
		for _, l := range listenings(doc, host) {
			all = append(all, l.Transport)
			if l.needed {
				needed++
			}
		}
		return all, needed
	}
	if got, needed := kinds(); !slices.Equal(got, []flow.Transport{flow.UDP, flow.TCP, flow.TLS}) || needed != 1 {
		t.Errorf("by default: %v, %d needed", got, needed)
	}
	doc.Network.SIPTCP, doc.Network.SIPTLS, doc.Network.SIPWS = "off", "0.0.0.0:5061", "0.0.0.0:8080"
	if got, _ := kinds(); !slices.Equal(got, []flow.Transport{flow.UDP, flow.TLS, flow.WS}) {
		t.Errorf("as asked for: %v", got)
	}
	for _, l := range listenings(doc, host) {
		if l.Transport == flow.TLS && l.DialOnly {
			t.Error("TLS is asked for and nobody listens")
		}
	}
}

func TestSoundOfExtensions(t *testing.T) {
	doc := exampleSite(t)
	doc.Extensions[0].SRTP, doc.Extensions[1].Kind = "never", "fax"
	got := edgeSite(doc).Sounds
	if _, special := got["201"]; special {
		t.Errorf("%+v", got)
	}
	if got["202"] != (sipedge.Sound{SRTP: sdp.SRTPAllowed, Raw: true}) {
		t.Errorf("%+v", got)
	}
	if !exchange.KindFax.Raw() || exchange.KindPhone.Raw() {
		t.Error("a fax is no phone")
	}
}
