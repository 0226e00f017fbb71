package rootfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/image/tool"
)

// unit reads a unit into its settings: "Section.Name" to its values in order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	b, err := fs.ReadFile(Files(), "usr/lib/systemd/system/"+name)
	if err != nil {
		t.Fatal(err)
	}
	settings, section := map[string][]string{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok || section == "" {
				t.Errorf("%s: %q is no setting", name, line)
			}
			settings[section+"."+key] = append(settings[section+"."+key], value)
		}
	}
	return settings
}

func daemons() []string {
	return []string{"autocom-core.service", "autocom-media.service", "autocom-console.service", "autocom-steward.service"}
}

func TestDaemonsAreClosed(t *testing.T) {
	for _, name := range daemons() {
		u := unit(t, name)
		for key, want := range map[string]string{
			"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "MemoryDenyWriteExecute": "yes", "RestrictNamespaces": "yes",
			"ProtectKernelModules": "yes", "ProtectControlGroups": "yes", "LockPersonality": "yes", "RestrictSUIDSGID": "yes",
			"SystemCallArchitectures": "native", "Restart": "always",
		} {
			if got := u["Service."+key]; !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %s is %q, want %s", name, key, got, want)
			}
		}
		if !slices.ContainsFunc(u["Service.SystemCallFilter"], func(v string) bool { return strings.HasPrefix(v, "@system-service") }) {
			t.Errorf("%s: its system calls are not filtered", name)
		}
		for _, key := range []string{"RestrictAddressFamilies", "CapabilityBoundingSet", "User", "ReadWritePaths"} {
			if len(u["Service."+key]) == 0 {
				t.Errorf("%s has no %s", name, key)
			}
		}
	}
}

func TestEachDaemonHasItsOwnUserAndOnlyTheStewardIsRoot(t *testing.T) {
	accounts, err := fs.ReadFile(Files(), "usr/lib/sysusers.d/autocom.conf")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range daemons() {
		u := unit(t, name)
		user := u["Service.User"][0]
		if seen[user] {
			t.Errorf("%s shares the user %s", name, user)
		}
		seen[user] = true
		if (user == "root") != (name == "autocom-steward.service") {
			t.Errorf("%s runs as %s", name, user)
		}
		if user != "root" && (!regexp.MustCompile(`(?m)^u `+user+` `).Match(accounts) || u["Service.CapabilityBoundingSet"][0] != "") {
			t.Errorf("%s: nobody makes its user, or it keeps capabilities %q", name, u["Service.CapabilityBoundingSet"])
		}
	}
}

func TestCoreIsWatchedAndMediaIsInRealTime(t *testing.T) {
	core, media := unit(t, "autocom-core.service"), unit(t, "autocom-media.service")
	if core["Service.Type"][0] != "notify" || len(core["Service.WatchdogSec"]) != 1 || len(core["Unit.StartLimitBurst"]) != 1 {
		t.Errorf("the core is not watched: %v", core)
	}
	if media["Service.CPUSchedulingPolicy"][0] != "fifo" || media["Service.LimitRTPRIO"][0] != "40" || len(media["Service.LimitMEMLOCK"]) != 1 {
		t.Errorf("media is not in real time: %v", media)
	}
	// The core tells media what to do: were it ordered after media, both would wait for ever.
	for _, after := range core["Unit.After"] {
		if strings.Contains(after, "autocom-media") {
			t.Error("the core waits for media, which waits for the core")
		}
	}
}

// TestEveryProgramAUnitStartsIsThere holds ExecStart to what the build puts into the firmware.
func TestEveryProgramAUnitStartsIsThere(t *testing.T) {
	units, err := fs.Glob(Files(), "usr/lib/systemd/system/autocom-*.service")
	if err != nil || len(units) < 7 {
		t.Fatalf("%d units, %v", len(units), err)
	}
	for _, path := range units {
		start := unit(t, filepath.Base(path))["Service.ExecStart"]
		if len(start) != 1 || !strings.HasPrefix(start[0], "/usr/bin/autocom ") && !strings.HasPrefix(start[0], "/usr/lib/autocom/onboard ") {
			t.Errorf("%s starts %q", path, start)
		}
	}
	for at := range links() {
		name := filepath.Base(at)
		if strings.HasPrefix(name, "autocom-") {
			unit(t, name)
		}
	}
}

func TestNobodySignsInAndNothingAsksTheNetwork(t *testing.T) {
	if got := nobodySignsIn("root:x:0:0:root:/root:/bin/bash\n"); got != "root:x:0:0:root:/root:/usr/sbin/nologin\n" {
		t.Errorf("root's shell: %q", got)
	}
	if got := sameDay("root:*:20000:0:99999:7:::\n"); got != "root:!*:20454:0:99999:7:::\n" {
		t.Errorf("root's password: %q", got)
	}
	for _, pkg := range []string{"openssh-server", "bash", "python3", "perl", "login"} {
		if slices.Contains(Packages(), pkg) {
			t.Errorf("the firmware holds %s", pkg)
		}
	}
	for _, name := range []string{"usr/lib/systemd/timesyncd.conf.d/autocom.conf", "usr/lib/systemd/resolved.conf.d/autocom.conf"} {
		b, err := fs.ReadFile(Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^Fallback(NTP|DNS)=$`).Match(b) {
			t.Errorf("%s leaves a server nobody named", name)
		}
	}
}

func TestAccountsHaveFixedNumbers(t *testing.T) {
	b, err := fs.ReadFile(Files(), "usr/lib/sysusers.d/autocom.conf")
	if err != nil {
		t.Fatal(err)
	}
	a := Accounts{Group: "dialout:x:20:\n", GShadow: "dialout:*::\n"}
	if err := a.Add(string(b)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(a.Passwd, "autocom-core:x:901:900:Autocom - calls, journal:/var/lib/autocom:/usr/sbin/nologin\n") {
		t.Errorf("passwd:\n%s", a.Passwd)
	}
	if !strings.HasPrefix(a.Group, "dialout:x:20:autocom-console\n") || !strings.Contains(a.Group, "autocom:x:900:\n") {
		t.Errorf("group:\n%s", a.Group)
	}
	for _, bad := range []string{"u nobody", "m x missing", "z a b"} {
		if err := (&Accounts{}).Add(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestStripAndSettleLeaveNoInterpreterNoRightAndNoTime(t *testing.T) {
	root := t.TempDir()
	for name, mode := range map[string]os.FileMode{"usr/bin/perl5.36.0": 0o755, "usr/bin/bash": 0o755, "usr/bin/dash": 0o755, "usr/sbin/agetty": 0o755, "usr/bin/mount": 0o755 | os.ModeSetuid, "etc/machine-id": 0o644} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := strip(root); err != nil {
		t.Fatal(err)
	}
	if err := settle(root); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSetuid != 0 || !info.ModTime().Equal(time.Unix(tool.Epoch, 0)) {
			t.Errorf("%s has mode %s and time %s", path, info.Mode(), info.ModTime())
		}
		left = append(left, entry.Name())
		return nil
	})
	if err != nil || !slices.Equal(left, []string{"dash", "mount"}) {
		t.Errorf("left: %v, %v", left, err)
	}
}
