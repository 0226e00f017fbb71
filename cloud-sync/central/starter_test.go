package central_test

import (
	"strings"
	"testing"

	"autocom/appliance/site"
	"autocom/cloud-sync/central"
)

// TestStarterIsValid holds the text every new site begins from, whatever its name, also with the examples in it taken as they are.
func TestStarterIsValid(t *testing.T) {
	for _, name := range []string{"Agence de Lyon", `L'"agence": #1`, "- a: [b", "Zoé\\"} {
		text := central.Starter(name)
		doc, problems := site.Parse([]byte(text))
		if len(problems) > 0 {
			t.Errorf("%q: %+v\n%s", name, problems, text)
		}
		if doc.Site.Name != name || doc.Site.Timezone != "Europe/Paris" {
			t.Errorf("the site is %+v, want the name %q", doc.Site, name)
		}
	}
	filled := strings.NewReplacer("# trunks:", "trunks:", "#   - ", "  - ", "#     ", "    ", "#   ", "  ", "# emergency:", "emergency:", "# extensions:", "extensions:").Replace(central.Starter("Lyon"))
	doc, problems := site.Parse([]byte(filled))
	if len(problems) > 0 || len(doc.Trunks) != 1 || len(doc.Extensions) != 1 {
		t.Errorf("with its examples: %+v\n%s", problems, filled)
	}
}
