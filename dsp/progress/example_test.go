package progress_test

import (
	"fmt"

	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

func ExampleDetector() {
	plan, err := tone.In("fr")
	if err != nil {
		fmt.Println(err)
		return
	}
	line := make([]int16, 2*tone.Rate)
	tone.NewGenerator(plan.Tone(tone.Busy)).Next(line)

	d := progress.New(plan)
	var room [8]progress.Report
	for ; len(line) > 0; line = line[160:] { // frame by frame
		for _, r := range d.Write(room[:0], line[:160]) {
			fmt.Printf("%v: %.0f Hz at %.0f dBm0, since %.1f s\n", r.Kind, r.Hz, r.DBm0, float64(r.Began)/tone.Rate)
		}
	}
	// Output: busy: 440 Hz at -8 dBm0, since 0.0 s
}
