package queue

import "cmp"

// DefaultPriority is that of a queue that says none, 1 to 100.
const DefaultPriority = 50

// DefaultAgeing is how long a wait counts as one more of priority where the queue says nothing, in ms.
const DefaultAgeing = 60_000

// Turn is what decides when a waiting caller is served, among all callers of all queues.
type Turn struct {
	Priority int    // 1 to 100
	AgeingMS int64  // each such wait counts as one more of priority
	Since    int64  // ms since boot: waiting since, in their first queue
	Serial   uint64 // order of arrival
	First    int64  // ms since boot: when a supervisor put them before all others; 0: nobody did
}

// longest is the most a wait and an ageing count, in ms: so bounded, the comparison stays within 63 bits.
const longest = 86_400_000

// Compare orders two callers who wait: negative when a is served before b.
//
// What counts is priority + wait/ageing, as an exact fraction; then who has waited longer; then who arrived first. A point of priority is so much
// worth as a head start of one ageing. It follows that
//   - with one priority for all, callers are served in the order in which they began to wait, over all queues (FEATURES §7.1: global FIFO);
//   - two callers whose queues age alike never change places, so that a position once announced holds;
//   - who was put first in line by a person is served before everybody else;
//   - nobody starves: whoever begins to wait 99 ageings or more after a caller of priority 1 is served after them, whatever their priority.
func Compare(a, b Turn, now int64) int {
	if a.First != b.First { // who was put first last goes before
		return cmp.Compare(b.First, a.First)
	}
	ageA, ageB := within(a.AgeingMS), within(b.AgeingMS)
	wA, wB := max(0, now-a.Since), max(0, now-b.Since)
	if ageA == ageB { // the usual case: no caller's wait needs a bound, and the time of asking does not matter
		return cmp.Or(
			cmp.Compare(a.Since-int64(a.Priority)*ageA, b.Since-int64(b.Priority)*ageB),
			cmp.Compare(a.Since, b.Since), cmp.Compare(a.Serial, b.Serial),
		)
	}
	wA, wB = min(wA, longest), min(wB, longest)
	return cmp.Or(
		cmp.Compare((int64(b.Priority)*ageB+wB)*ageA, (int64(a.Priority)*ageA+wA)*ageB),
		cmp.Compare(a.Since, b.Since), cmp.Compare(a.Serial, b.Serial),
	)
}

func within(ageing int64) int64 {
	if ageing <= 0 {
		return DefaultAgeing
	}
	return min(ageing, longest)
}
