package mix_test

import (
	"fmt"
	"testing"

	"autocom/dsp/mix"
)

func frames(n, samples int) [][]int16 {
	f := make([][]int16, n)
	for i := range f {
		f[i] = make([]int16, samples)
	}
	return f
}

func mixer(t testing.TB, n int) *mix.Mixer {
	m, err := mix.New(n)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func settle(m *mix.Mixer, n int) {
	m.Frame(frames(n, 160), frames(n, 160))
}

func TestWhisperAndListen(t *testing.T) {
	// 0 a caller, 1 an agent, 2 a supervisor who whispers, 3 one who listens.
	m := mixer(t, 4)
	m.Hear(0, 1)
	m.Hear(1, 0, 2)
	m.Hear(2, 0, 1)
	m.Hear(3, 0, 1, 2)
	settle(m, 4)
	in, out := frames(4, 160), frames(4, 160)
	for p, v := range []int16{1, 10, 100, 1000} {
		for i := range in[p] {
			in[p][i] = v
		}
	}
	m.Frame(out, in)
	for p, want := range []int16{10, 101, 11, 111} {
		if out[p][0] != want || out[p][159] != want {
			t.Errorf("party %d hears %d, want %d", p, out[p][0], want)
		}
	}
}

func TestNobodyHearsThemselves(t *testing.T) {
	m := mixer(t, 5)
	for i := range 5 {
		m.Hear(i, 0, 1, 2, 3, 4, 4, 77, -1)
	}
	settle(m, 5)
	in, out := frames(5, 160), frames(5, 160)
	for i := range in[2] {
		in[2][i] = 500
	}
	m.Frame(out, in)
	for p := range 5 {
		want := int16(500)
		if p == 2 {
			want = 0
		}
		if out[p][80] != want {
			t.Errorf("party %d hears %d, want %d", p, out[p][80], want)
		}
	}
}

func TestMissingSoundIsSilence(t *testing.T) {
	m := mixer(t, 3)
	for i := range 3 {
		m.Hear(i, 0, 1, 2)
	}
	settle(m, 3)
	in, out := frames(3, 160), frames(3, 160)
	in[0], out[1] = nil, nil
	for i := range in[1] {
		in[1][i] = 7
	}
	in[2] = in[1][:100]
	m.Frame(out, in)
	if out[0][50] != 14 || out[0][159] == 14 { // the sound that stops dies away
		t.Errorf("party 0 hears %d then %d", out[0][50], out[0][159])
	}
	in[2] = nil
	m.Frame(out, in)
	m.Frame(out, in)
	if out[0][50] != 7 {
		t.Errorf("party 0 hears %d", out[0][50])
	}
	m.Frame(nil, nil)
	m.Frame(out, in[:1])
}

func TestCutTakesAPartyOutAtOnce(t *testing.T) {
	m := mixer(t, 3)
	for i := range 3 {
		m.Hear(i, 0, 1, 2)
	}
	settle(m, 3)
	m.Cut(1)
	in, out := frames(3, 160), frames(3, 160)
	for i := range in[1] {
		in[1][i], in[0][i] = 1000, 5
	}
	m.Frame(out, in)
	if out[0][0] != 0 || out[1][0] != 0 || out[2][0] != 5 {
		t.Errorf("heard %d %d %d", out[0][0], out[1][0], out[2][0])
	}
	m.Cut(9)
	m.Hear(9, 1)
}

func TestNewBounds(t *testing.T) {
	for _, n := range []int{-1, 0, 65} {
		if _, err := mix.New(n); err == nil {
			t.Errorf("%d parties were accepted", n)
		}
	}
	m := mixer(t, 64)
	m.Hear(0, 63)
	settle(m, 64)
	in, out := frames(64, 160), frames(64, 160)
	in[63][0] = 9
	m.Frame(out, in)
	if out[0][0] != 9 {
		t.Error("the 64th party is not heard")
	}
}

func TestNothingAllocates(t *testing.T) {
	m := mixer(t, 4)
	in, out := frames(4, 160), frames(4, 160)
	list := []int{0, 1, 2, 3}
	k := 0
	if n := testing.AllocsPerRun(200, func() {
		k++
		m.Hear(k%4, list[:k%5]...)
		m.Frame(out, in)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func ExampleMixer() {
	m, _ := mix.New(3)
	m.Hear(0, 1)    // the caller hears the agent
	m.Hear(1, 0, 2) // the agent hears the caller, and the supervisor's whisper
	in := [][]int16{{}, make([]int16, 160), {}}
	in[1][159] = 1234
	out := [][]int16{make([]int16, 160), nil, nil}
	m.Frame(out, in)
	fmt.Println(out[0][159])
	// Output: 1234
}
