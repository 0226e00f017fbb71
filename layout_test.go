package autocom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The import table of docs/ARCHITECTURE.md, as data. A new room gets its line here before its first import.
//
// In a pattern "x" means the room x alone and "x/..." means x and every room below it. The longest
// pattern that matches a package decides for it. A package that no line matches may not exist.

// module is the prefix of every import path of ours.
const module = "autocom"

// door says which of our rooms one room may import.
type door struct {
	room string
	may  []string
}

// exchangeTypes are the values the rim shares with the exchange.
const exchangeTypes = "appliance/exchange/..."

// pureRooms are what the cloud may use of the box: rooms without a socket or a file in them.
func pureRooms(more ...string) []string {
	return append([]string{
		"appliance/exchange/fact", "appliance/exchange/plan", "appliance/exchange/svi", "appliance/exchange/hours",
		"appliance/exchange/number", "appliance/exchange/policy", "appliance/site", "appliance/siteapi", "appliance/tally/...",
	}, more...)
}

// doors is the table. Rim rooms do not import each other; the exceptions are spelled out line by line.
func doors() []door {
	return []door{
		{".", nil},

		// Programs: thin over the composition root (docs/decisions/0004-cmd-imports.md).
		{"cmd/autocom/...", []string{
			"appliance", "cloud-sync/...", "image/...",
			"appliance/exchange", "appliance/exchange/fact", "appliance/whatif", "appliance/console/...", "appliance/steward", "appliance/site", "appliance/wording", "cmd/autocom/...",
		}},
		{"cmd/autocom-cloud/...", pureRooms("cloud-sync/...", "web/...", "cmd/autocom-cloud/...")},
		// The lab measures the concealment of losses on the recordings that ship.
		{"cmd/autocom-lab/...", []string{"appliance", "appliance/site", "appliance/prompts/sounds", "dsp/...", "image/...", "cloud-sync/...", "cmd/autocom-lab/..."}},
		{"cmd/autocom-image/...", []string{"image/...", "cmd/autocom-image/..."}},

		// The composition root sees every part of the box, but neither the programs nor the simulated world.
		{"appliance", []string{"appliance/...", "!appliance/sim/...", "dsp/...", "hwio/..."}},

		// The pure core.
		{"appliance/exchange/fact", nil},
		{"appliance/exchange/plan", nil},
		{"appliance/exchange/...", []string{exchangeTypes}},

		// The rim: SIP. flow, sdp and stack lie lowest, then leg, then those that own lines; sipedge is on top.
		// mediactl is absent on purpose: leg declares Ports and the root wires it.
		{"appliance/sipedge/flow", nil},
		{"appliance/sipedge/statepage", nil}, // only tests use it
		// Inside stack, the leaves lie lowest; who may speak (door) and what a message is owed (verdict) know nothing of each other.
		{"appliance/sipedge/stack/door", nil},
		{"appliance/sipedge/stack/spelling", nil},
		{"appliance/sipedge/stack/stun", nil},
		{"appliance/sipedge/stack/certs", nil},
		{"appliance/sipedge/stack/hop", []string{"appliance/sipedge/flow"}},
		{"appliance/sipedge/stack/ladder", []string{"appliance/sipedge/stack/spelling"}},
		{"appliance/sipedge/stack/verdict", []string{"appliance/sipedge/stack/spelling"}},
		{"appliance/sipedge/stack/draft", []string{"appliance/sipedge/flow", "appliance/sipedge/stack/hop", "appliance/sipedge/stack/spelling", "appliance/sipedge/stack/verdict"}},
		{"appliance/sipedge/stack/socket", []string{"appliance/sipedge/stack/hop", "appliance/sipedge/stack/spelling"}},
		{"appliance/sipedge/stack/stream", []string{"appliance/sipedge/flow", "appliance/sipedge/stack/hop"}},
		{"appliance/sipedge/stack", []string{exchangeTypes, "appliance/sipedge/flow", "appliance/sipedge/stack/..."}},
		{"appliance/sipedge/sdp", []string{exchangeTypes}},
		{"appliance/sipedge/locate", []string{"appliance/sipedge/flow"}},
		{"appliance/sipedge/nat", []string{"appliance/sipedge/flow", "appliance/sipedge/statepage"}},
		{"appliance/sipedge/leg/...", []string{exchangeTypes, "appliance/sipedge/flow", "appliance/sipedge/stack/...", "appliance/sipedge/sdp", "appliance/sipedge/leg/...", "appliance/sipedge/statepage"}},
		{"appliance/sipedge/trunk", []string{exchangeTypes, "appliance/sipedge/flow", "appliance/sipedge/stack/...", "appliance/sipedge/sdp", "appliance/sipedge/leg/...", "appliance/sipedge/statepage"}},
		{"appliance/sipedge/registrar", []string{exchangeTypes, "appliance/sipedge/flow", "appliance/sipedge/stack/...", "appliance/sipedge/sdp", "appliance/sipedge/leg/...", "appliance/sipedge/statepage"}},
		{"appliance/sipedge/presence", []string{exchangeTypes, "appliance/sipedge/flow", "appliance/sipedge/stack/...", "appliance/sipedge/leg/...", "appliance/sipedge/statepage"}},
		{"appliance/sipedge/...", []string{exchangeTypes, "appliance/sipedge/..."}},

		// The rim: media.
		{"appliance/media/engine", []string{"appliance/exchange/plan", "dsp/..."}},
		// The protocol and the sealed format stand between two processes, so both sides read them (docs/decisions/0005-shared-formats.md).
		{"appliance/media/run", []string{"appliance/exchange/plan", "appliance/media/engine", "appliance/mediactl", "appliance/recording/sealed", "dsp/..."}},
		{"appliance/media/...", []string{"appliance/exchange/plan", "appliance/media/...", "dsp/..."}},
		{"appliance/mediactl", []string{"appliance/exchange/plan"}},
		{"appliance/rtc/...", []string{exchangeTypes, "appliance/rtc/..."}},

		// The rim: memory.
		{"appliance/store", nil},
		{"appliance/journal", []string{exchangeTypes, "appliance/store"}},
		{"appliance/tally/...", []string{"appliance/exchange/fact", "appliance/exchange/plan", "appliance/exchange/hours", "appliance/tally/..."}},
		{"appliance/site", []string{exchangeTypes, "appliance/store"}},
		{"appliance/siteapi", []string{exchangeTypes, "appliance/site"}},
		{"appliance/directory", []string{exchangeTypes, "appliance/store"}},
		{"appliance/prompts/sounds/compose", []string{"dsp/..."}},
		{"appliance/prompts/sounds", []string{"appliance/exchange/plan", "dsp/..."}},
		{"appliance/prompts", []string{exchangeTypes, "appliance/store", "appliance/prompts/sounds/...", "dsp/..."}},
		{"appliance/whatif", []string{exchangeTypes}},
		{"appliance/recording/sealed", nil},
		// What recordings and messages have in common: files and keys, no index (docs/decisions/0005-shared-formats.md).
		{"appliance/recording/vault", []string{"appliance/recording/sealed", "appliance/store", "dsp/..."}},
		{"appliance/recording", []string{exchangeTypes, "appliance/recording/sealed", "appliance/recording/vault", "appliance/store", "dsp/..."}},
		{"appliance/voicemail", []string{exchangeTypes, "appliance/recording/sealed", "appliance/recording/vault", "appliance/store", "dsp/..."}},
		{"appliance/speech/wyoming", nil},
		{"appliance/speech", []string{exchangeTypes, "appliance/speech/wyoming", "dsp/..."}},
		{"appliance/provision/...", []string{exchangeTypes, "appliance/store", "appliance/provision/..."}},

		// The rim: people and the box itself. The sentences of troubles with a code are the same wherever they are read.
		{"appliance/wording", nil},
		{"appliance/httpapi/identity", nil},
		{"appliance/httpapi/...", []string{exchangeTypes, "appliance/wording", "appliance/bandeau", "appliance/supervisor", "appliance/siteapi", "appliance/httpapi/..."}},
		{"appliance/bandeau", []string{exchangeTypes}},
		{"appliance/supervisor", []string{exchangeTypes}},
		{"appliance/notify", []string{exchangeTypes, "hwio/..."}},
		{"appliance/console", []string{exchangeTypes, "hwio/..."}},
		// The serial menu asks the command socket and the steward as the command line does: it knows their clients' words, not their servers.
		{"appliance/console/menu", []string{exchangeTypes, "appliance/console", "appliance/console/menu/vt", "appliance/wording", "hwio/..."}},
		{"appliance/console/menu/vt", nil},
		{"appliance/steward", []string{exchangeTypes, "hwio/..."}},
		{"appliance/health", []string{exchangeTypes, "hwio/..."}},

		// The simulated world sees everything but the programs.
		{"appliance/sim/...", []string{"appliance/...", "appliance", "dsp/...", "hwio/...", "cloud-sync/...", "image/..."}},

		// Rooms that know nothing above themselves.
		{"dsp/...", []string{"dsp/..."}},
		{"hwio/...", []string{"hwio/..."}},
		{"image/...", []string{"image/..."}},

		// The cloud and the link to it.
		{"cloud-sync/wire", []string{"appliance/exchange/fact", "appliance/site"}},
		{"cloud-sync/uplink", []string{"appliance/exchange/fact", "cloud-sync/wire", "cloud-sync/uplink/apply"}},
		{"cloud-sync/uplink/apply", []string{"cloud-sync/wire"}},
		{"cloud-sync/central", pureRooms("cloud-sync/wire")},
		{"cloud-sync/centraldb", pureRooms("cloud-sync/wire", "cloud-sync/central")},
		{"cloud-sync/consoleapi", pureRooms("cloud-sync/wire", "cloud-sync/central")},
		{"cloud-sync/deviceapi", pureRooms("cloud-sync/wire", "cloud-sync/central")},
		{"cloud-sync/keyring", []string{"cloud-sync/wire", "cloud-sync/central"}},
		{"cloud-sync/relay", nil},

		// The built pages, embedded.
		{"web/...", nil},
	}
}

// matches reports whether a room is named by a pattern.
func matches(pattern, room string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return room == base || strings.HasPrefix(room, base+"/")
	}
	return room == pattern
}

// rule returns the line of the table that decides for a room: the longest pattern that matches.
func rule(table []door, room string) (door, bool) {
	best, found := door{}, false
	for _, d := range table {
		if matches(d.room, room) && (!found || len(strings.TrimSuffix(d.room, "/...")) > len(strings.TrimSuffix(best.room, "/..."))) {
			best, found = d, true
		}
	}
	return best, found
}

// allowed reports whether a line of the table lets its room import another; "!x" takes x away.
func (d door) allowed(room string) bool {
	ok := false
	for _, pattern := range d.may {
		if not, taken := strings.CutPrefix(pattern, "!"); taken {
			if matches(not, room) {
				return false
			}
		} else if matches(pattern, room) {
			ok = true
		}
	}
	return ok
}

// roomOf turns an import path of ours into a room name; the root of the module is ".".
func roomOf(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// checkImports names every import of one package that the table does not allow.
func checkImports(table []door, room string, imports []string) []string {
	d, ok := rule(table, room)
	if !ok {
		return []string{fmt.Sprintf("%s: this room has no line in the import table (layout_test.go)", room)}
	}
	var problems []string
	for _, imp := range imports {
		target, ours := roomOf(imp)
		if ours && !d.allowed(target) {
			problems = append(problems, fmt.Sprintf("%s imports %s, which its line %q does not allow", room, target, d.room))
		}
	}
	return problems
}

// listed is the part of `go list -json` the tests read.
type listed struct {
	ImportPath   string
	Name         string
	Dir          string
	Doc          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Error        *struct{ Err string }
}

func (p listed) room() string {
	room, _ := roomOf(p.ImportPath)
	return room
}

// packages lists every package of the module once for all tests.
var packages = sync.OnceValues(func() ([]listed, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,Doc,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Error", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
})

func allPackages(t *testing.T) []listed {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Fatalf("go list saw only %d packages: is this the whole module?", len(all))
	}
	return all
}

func TestImportsFollowTheTable(t *testing.T) {
	table := doors()
	for _, p := range allPackages(t) {
		if p.Error != nil && len(p.GoFiles) > 0 {
			t.Errorf("%s does not load: %s", p.ImportPath, p.Error.Err)
		}
		for _, problem := range checkImports(table, p.room(), p.Imports) {
			t.Error(problem)
		}
	}
}

// TestTestsNeverReachUpward holds the test files: a test may use fakes of other rooms, never a program,
// and the leaf rooms stay leaves even in their tests.
func TestTestsNeverReachUpward(t *testing.T) {
	table := doors()
	for _, p := range allPackages(t) {
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			target, ours := roomOf(imp)
			if !ours || target == p.room() {
				continue
			}
			if strings.HasPrefix(target, "cmd/") && !strings.HasPrefix(p.room(), "cmd/") {
				t.Errorf("a test of %s imports the program %s", p.room(), target)
			}
			for _, leaf := range []string{"dsp/...", "hwio/...", "image/...", "appliance/exchange/..."} {
				if d, _ := rule(table, p.room()); matches(leaf, p.room()) && !d.allowed(target) && !matches(leaf, target) {
					t.Errorf("a test of %s imports %s, above itself", p.room(), target)
				}
			}
		}
	}
}

// TestTableCatchesPlantedImports proves that the checker can fail, one line per kind of rule.
func TestTableCatchesPlantedImports(t *testing.T) {
	cases := []struct {
		room, imports string
		ok            bool
	}{
		{"appliance/exchange", "appliance/exchange/queue", true},
		{"appliance/exchange", "appliance/journal", false},
		{"appliance/exchange", "appliance/site", false},
		{"appliance/exchange/fact", "appliance/exchange/plan", false},
		{"appliance/exchange/plan", "appliance/exchange/fact", false},
		{"appliance/sipedge", "appliance/mediactl", false},
		{"appliance/sipedge/leg", "appliance/mediactl", false},
		{"appliance/sipedge/leg", "appliance/sipedge/trunk", false},
		{"appliance/sipedge/trunk", "appliance/sipedge/leg", true},
		{"appliance/sipedge/sdp", "appliance/sipedge/leg", false},
		{"appliance/journal", "appliance/store", true},
		{"appliance/journal", "appliance/site", false},
		{"appliance/store", "appliance/exchange/fact", false},
		{"appliance/media/engine", "dsp/g711", true},
		{"appliance/media/engine", "appliance/mediactl", false},
		{"appliance/media/run", "appliance/mediactl", true},
		{"appliance/media/run", "appliance/recording", false},
		{"appliance/mediactl", "appliance/media/run", false},
		{"appliance/media/engine", "appliance/exchange/fact", false},
		{"appliance/httpapi", "appliance/bandeau", true},
		{"appliance/bandeau", "appliance/httpapi", false},
		{"appliance/sim", "cmd/autocom", false},
		{"appliance/sim/memnet", "appliance/sipedge", true},
		{"appliance", "appliance/sim", false},
		{"appliance", "appliance/sipedge/leg", true},
		{"dsp/tone", "appliance", false},
		{"dsp/mix", "dsp/g711", true},
		{"hwio/led", "dsp/tone", false},
		{"image/boot", "hwio/disk", false},
		{"cmd/autocom", "appliance", true},
		{"cmd/autocom", "appliance/sipedge/leg", false},
		{"cmd/autocom-lab", "dsp/tone", true},
		{"cmd/autocom-lab", "appliance/sipedge", false},
		{"cmd/autocom-lab", "appliance/prompts", false},
		{"cloud-sync/central", "appliance/journal", false},
		{"cloud-sync/wire", "appliance/exchange/fact", true},
		{"appliance/nobodyknows", "fmt", false},
	}
	table := doors()
	for _, c := range cases {
		imp := c.imports
		if imp != "fmt" {
			imp = module + "/" + imp
		}
		if got := len(checkImports(table, c.room, []string{imp})) == 0; got != c.ok {
			t.Errorf("%s importing %s: allowed = %v, want %v", c.room, c.imports, got, c.ok)
		}
	}
}

// TestPackageNamesAreNouns refuses the names that say nothing (R3).
func TestPackageNamesAreNouns(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "service", "services"}
	for _, p := range allPackages(t) {
		if slices.Contains(empty, p.Name) || slices.Contains(empty, path.Base(p.ImportPath)) {
			t.Errorf("%s: name the package after what it is on a telephone", p.ImportPath)
		}
	}
}
