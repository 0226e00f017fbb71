package box

import (
	"strings"
	"testing"
)

func TestTheTableOfStraceIsRead(t *testing.T) {
	c, err := counted(strings.NewReader(`% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.90    0.012000          12      1000        17 futex
 38.10    0.008000           8       200           sendto
------ ----------- ----------- --------- --------- ----------------
100.00    0.020000          11      1200        17 total
`))
	if err != nil || c["futex"] != 1000 || c["sendto"] != 200 || len(c) != 2 || c.Total() != 1200 {
		t.Fatalf("%v, %v", c, err)
	}
	if _, err := counted(strings.NewReader("nothing\n")); err == nil {
		t.Error("an empty table is no count")
	}
}
