package steward

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseLogs(t *testing.T) {
	text := `{"__CURSOR":"s=ab;i=1","__REALTIME_TIMESTAMP":"1795428000000000","_SYSTEMD_UNIT":"autocom-core.service","PRIORITY":"4","MESSAGE":"trunk \u001b[31mdown\nagain"}
{"__CURSOR":"s=ab;i=2","__REALTIME_TIMESTAMP":"x","_SYSTEMD_UNIT":"init.scope","PRIORITY":"9","MESSAGE":[104,101,255,108]}
not json
{"MESSAGE":null,"PRIORITY":null}
{"MESSAGE":"last","_SYSTEMD_UNIT":"autocom-media.service"}
`
	got, err := parseLogs(strings.NewReader(text), 100)
	want := []LogLine{
		{At: time.UnixMicro(1795428000000000).UTC(), Unit: Core, Level: 4, Words: "trunk [31mdown again", Cursor: "s=ab;i=1"},
		{Level: 6, Words: "he\ufffdl", Cursor: "s=ab;i=2"},
		{Level: 6},
		{Unit: Media, Level: 6, Words: "last"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	if got, err := parseLogs(strings.NewReader(text), 1); err != nil || len(got) != 1 || got[0].Words != "last" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatJournalctlIsCalledWith(t *testing.T) {
	services, q, err := LogQuery{Units: []Unit{Core, Core, Steward}, Lines: 10_000, After: "s=ab12;i=3;b=cd"}.check()
	if err != nil {
		t.Fatal(err)
	}
	args := arguments(services, q.Lines, q.After)
	want := []string{"--output=json", "--output-fields=MESSAGE,PRIORITY,_SYSTEMD_UNIT", "--no-pager", "--quiet", "--lines=500", "--unit=autocom-core.service", "--unit=autocom-steward.service", "--after-cursor=s=ab12;i=3;b=cd"}
	if !slices.Equal(args, want) {
		t.Errorf("%q, want %q", args, want)
	}
	if _, q, err := (LogQuery{After: "s=1 --vacuum-size=1"}).check(); err != nil || q.After != "" || q.Lines != fewLines {
		t.Errorf("%+v, %v: a cursor that is none of ours went through", q, err)
	}
}

func FuzzParseLogs(f *testing.F) {
	f.Add(`{"MESSAGE":[1,2,300],"PRIORITY":"3"}`)
	f.Add(`{"MESSAGE":"a","__REALTIME_TIMESTAMP":"99999999999999999999"}` + "\n{}")
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := parseLogs(strings.NewReader(text), MaxLines)
		for _, l := range got {
			if len(l.Words) > maxLogLine+4 || strings.ContainsAny(l.Words, "\x00\x1b\n\r") {
				t.Errorf("%q", l.Words)
			}
		}
	})
}
