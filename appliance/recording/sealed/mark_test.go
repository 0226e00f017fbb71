package sealed_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/recording/sealed"
)

var ten = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// marked is a recording of one second, a pause for a card number of a minute, half a second, a hold without an end.
func marked(t *testing.T) (file []byte, ends []int) {
	t.Helper()
	var out bytes.Buffer
	w, err := sealed.NewWriter(&out, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	second := channel(1, sealed.Rate)
	for _, do := range []func() error{
		func() error { return w.Mark(sealed.Mark{At: ten}) },
		func() error { return w.WriteSecond(second, second) },
		func() error { return w.Mark(sealed.Mark{At: ten.Add(time.Second), Paused: true, Why: "card number"}) },
		func() error { return w.Mark(sealed.Mark{At: ten.Add(time.Minute), Why: "paid"}) },
		func() error { return w.WriteSecond(second[:4000], second[:4000]) },
		func() error { return w.Mark(sealed.Mark{At: ten.Add(2 * time.Minute), Paused: true, Why: "hold"}) },
		w.Close,
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, out.Len())
	}
	return out.Bytes(), ends
}

func read(t *testing.T, file []byte) (marks []sealed.Mark, soundMS int64, err error) {
	t.Helper()
	r, err := sealed.NewReader(bytes.NewReader(file), "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, r)
	return r.Marks(), r.SoundMS(), err
}

// FEATURES §9.5: a pause leaves a marker (start and end), not spliced audio.
func TestAPauseIsMarkedWhereItWas(t *testing.T) {
	file, _ := marked(t)
	marks, ms, err := read(t, file)
	if err != nil || ms != 1500 {
		t.Fatalf("%d ms, %v", ms, err)
	}
	want := []sealed.Segment{
		{Start: ten, SoundMS: 1000, Until: "card number"},
		{Start: ten.Add(time.Minute), OffsetMS: 1000, SoundMS: 500, Why: "paid", Until: "hold"},
	}
	if diff := cmp.Diff(want, sealed.Segments(marks, ms)); diff != "" {
		t.Error(diff)
	}
	if skimmed, skimmedMS, err := sealed.Skim(bytes.NewReader(file), "r", testKey); err != nil || skimmedMS != ms || !cmp.Equal(skimmed, marks) {
		t.Errorf("skimmed %d ms and %v, %v", skimmedMS, skimmed, err)
	}
	if bytes.Contains(file, []byte("card number")) {
		t.Error("why it was paused lies open on the disk")
	}
}

// Wherever the power fails, the segments that are left are the ones before it, and add up to the sound that is left.
func TestEveryTornFileHasRightSegments(t *testing.T) {
	file, ends := marked(t)
	for cut := 48; cut < len(file); cut++ {
		near := func(end int) bool { return cut > end-60 && cut < end+60 }
		if cut%97 != 0 && !slices.ContainsFunc(ends, near) {
			continue // within the sound of a second one place is like another
		}
		whole := 0 // of what marked did
		for whole < len(ends) && ends[whole] <= cut {
			whole++
		}
		marks, ms, err := read(t, file[:cut])
		if !errors.Is(err, sealed.ErrTruncated) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		wantMS := []int64{0, 0, 1000, 1000, 1000, 1500, 1500}[whole]
		wantMarks := []int{0, 1, 1, 2, 3, 3, 4}[whole]
		if ms != wantMS || len(marks) != wantMarks {
			t.Fatalf("cut at %d: %d ms and %d marks, want %d and %d", cut, ms, len(marks), wantMS, wantMarks)
		}
		if skimmed, skimmedMS, err := sealed.Skim(bytes.NewReader(file[:cut]), "r", testKey); !errors.Is(err, sealed.ErrTruncated) || skimmedMS != ms || !cmp.Equal(skimmed, marks) {
			t.Fatalf("cut at %d: skimmed %d ms and %v, %v", cut, skimmedMS, skimmed, err)
		}
		sum := int64(0)
		for _, s := range sealed.Segments(marks, ms) {
			if s.OffsetMS != sum {
				t.Fatalf("cut at %d: a segment at %d ms, %d ms come before it", cut, s.OffsetMS, sum)
			}
			sum += s.SoundMS
		}
		if sum != ms {
			t.Fatalf("cut at %d: segments of %d ms in %d ms of sound", cut, sum, ms)
		}
	}
}

func TestAMarkThatIsForgedIsDamage(t *testing.T) {
	file, ends := marked(t)
	for at := ends[1]; at < ends[2]; at++ {
		bad := bytes.Clone(file)
		bad[at] ^= 2
		if marks, _, err := read(t, bad); err == nil || len(marks) != 1 {
			t.Fatalf("byte %d: %d marks, %v", at, len(marks), err)
		}
	}
}

func TestSegmentsOfEveryOrderOfMarks(t *testing.T) {
	p := func(at int64, why string) sealed.Mark { return sealed.Mark{OffsetMS: at, Paused: true, Why: why} }
	on := func(at int64, why string) sealed.Mark { return sealed.Mark{OffsetMS: at, Why: why} }
	for name, c := range map[string]struct {
		marks []sealed.Mark
		ms    int64
		want  []sealed.Segment
	}{
		"nothing":               {nil, 0, nil},
		"of before marks":       {nil, 700, []sealed.Segment{{SoundMS: 700}}},
		"whole":                 {[]sealed.Mark{on(0, "")}, 700, []sealed.Segment{{SoundMS: 700}}},
		"paused at once":        {[]sealed.Mark{on(0, ""), p(0, "x")}, 0, []sealed.Segment{{Until: "x"}}},
		"paused twice":          {[]sealed.Mark{on(0, ""), p(20, "x"), p(20, "y")}, 20, []sealed.Segment{{SoundMS: 20, Until: "x"}}},
		"goes on twice":         {[]sealed.Mark{on(0, ""), on(40, "again")}, 60, []sealed.Segment{{SoundMS: 60}}},
		"first mark was a loss": {[]sealed.Mark{p(40, "x"), on(40, "y")}, 60, []sealed.Segment{{SoundMS: 40, Until: "x"}, {OffsetMS: 40, SoundMS: 20, Why: "y"}}},
	} {
		if diff := cmp.Diff(c.want, sealed.Segments(c.marks, c.ms)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWordsOfAMarkAreBounded(t *testing.T) {
	var out bytes.Buffer
	w, err := sealed.NewWriter(&out, "r", testKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, why := range []string{strings.Repeat("é", 300), "a" + strings.Repeat("é", 300), ""} {
		if err := w.Mark(sealed.Mark{At: ten, Why: why}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	marks, _, err := read(t, out.Bytes())
	if err != nil || len(marks) != 3 || marks[0].Why != strings.Repeat("é", 100) || marks[1].Why != "a"+strings.Repeat("é", 99) || marks[2].Why != "" {
		t.Errorf("%v %+v", err, marks)
	}
}

// A recording of the version before marks is played as ever.
func TestAnOlderVersionIsRead(t *testing.T) {
	file, err := os.ReadFile("testdata/version1.sealed")
	if err != nil {
		t.Fatal(err)
	}
	_, sound := record(t, "r1", testKey, 1, 100, true)
	if got, err := play(file, "r1", testKey); err != nil || !bytes.Equal(got, sound) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
