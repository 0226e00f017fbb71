package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/wording"
	"autocom/cloud-sync/uplink"
	"autocom/cloud-sync/wire"
)

// The codes of the link and the words for them are the same set: neither a code without words nor words that nothing says.
func TestEveryTroubleOfTheLinkHasItsWords(t *testing.T) {
	codes := append(wire.Codes(), "enrolled", "server.bad")
	for _, c := range uplink.Causes() {
		codes = append(codes, string(c))
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	words := wording.Links()
	slices.Sort(words)
	if !slices.Equal(codes, words) {
		t.Errorf("codes: %q\nwords: %q", codes, words)
	}
}

func TestStatusNamesTheRemedy(t *testing.T) {
	for code, want := range map[string][]string{
		"portal":             {"An access portal", "(cloud.example)", "Let the box through"},
		"clock":              {"time is wrong", "Give it a time server"},
		"server.certificate": {"not the Autocom console", "Read address and port again"},
		"of a later version": {"in its own words"},
	} {
		var out bytes.Buffer
		s := console.LinkStatus{Enrolled: true, Server: "https://cloud.example", Since: time.Now(), Code: code, Detail: "cloud.example", Trouble: "in its own words"}
		if err := (&options{}).printLink(&out, s); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: no %q in\n%s", code, w, out.String())
			}
		}
	}
}
