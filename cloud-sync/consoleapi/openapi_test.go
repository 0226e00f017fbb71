package consoleapi

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTheOpenAPIDocument holds the interface: who changes it sees here what programs will see.
func TestTheOpenAPIDocument(t *testing.T) {
	c, err := New(Parts{})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "openapi.json"
	if *update {
		if err := os.WriteFile(golden, c.Document, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(c.Document)); diff != "" {
		t.Errorf("the interface changed; go test -update writes it\n%s", diff)
	}
}
