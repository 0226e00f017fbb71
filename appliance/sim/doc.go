// Package sim is a telephone branch in fake time: the box with its real SIP, its real exchange and its real sound, a carrier and desk phones,
// all on wires of memory.
//
// It reads stories (testdata/*.call) that say what people do and what must come of it, and is meant for a testing/synctest bubble, where a
// minute of ringing takes a millisecond. The phones and the carrier know nothing of the box's own SIP code.
package sim
