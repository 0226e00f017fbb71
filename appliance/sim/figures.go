package sim

import (
	"encoding/json"
	"reflect"
	"strings"

	"autocom/appliance/tally/count"
)

// sumOf adds up what the books count of a queue, or, of "calls", of all calls, by the names of the figures.
func sumOf(rows count.Rows, of string) (map[string]int64, error) {
	var text []byte
	var err error
	if of == "calls" {
		var sum count.Calls
		for _, r := range rows.Calls {
			sum.Add(r.N)
		}
		text, err = json.Marshal(sum)
	} else {
		var sum count.Visits
		for _, r := range rows.Visits {
			if r.At.Queue == of {
				sum.Add(r.N)
			}
		}
		text, err = json.Marshal(sum)
	}
	if err != nil {
		return nil, err
	}
	figures := map[string]int64{}
	for _, name := range namesOf(of) {
		figures[name] = 0
	}
	return figures, json.Unmarshal(text, &figures)
}

// namesOf are the names that the figures of a queue, or of calls, have in the export.
func namesOf(of string) (names []string) {
	t := reflect.TypeFor[count.Visits]()
	if of == "calls" {
		t = reflect.TypeFor[count.Calls]()
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
