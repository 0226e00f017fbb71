package rootfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"autocom/image/tool"
)

// Accounts are the contents of the files of users and groups.
type Accounts struct{ Passwd, Group, Shadow, GShadow string }

// Add adds the users and groups of a sysusers.d file with fixed numbers. It is done when the firmware is built, since its /etc is read-only then.
func (a *Accounts) Add(sysusers string) error {
	for line := range strings.Lines(sysusers) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		switch {
		case words[0] == "g" && len(words) == 3:
			a.Group += fmt.Sprintf("%s:x:%s:\n", words[1], words[2])
			a.GShadow += words[1] + ":!::\n"
		case words[0] == "u" && len(words) >= 5:
			_, rest, ok := strings.Cut(line, `"`)
			gecos, home, closed := strings.Cut(rest, `"`)
			uid, gid, both := strings.Cut(words[2], ":")
			if !ok || !closed || !both {
				return fmt.Errorf("sysusers: %q: want u NAME UID:GID \"words\" HOME", line)
			}
			// A colon would end the field: passwd has no way to write one.
			gecos = strings.ReplaceAll(gecos, ":", " -")
			a.Passwd += fmt.Sprintf("%s:x:%s:%s:%s:%s:/usr/sbin/nologin\n", words[1], uid, gid, gecos, strings.TrimSpace(home))
			a.Shadow += fmt.Sprintf("%s:!*:%d::::::\n", words[1], tool.Epoch/86400)
		case words[0] == "m" && len(words) == 3:
			if err := a.join(words[1], words[2]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("sysusers: %q is no line of a user, a group or a member", line)
		}
	}
	return nil
}

func (a *Accounts) join(user, group string) error {
	join := func(text string) (string, bool) {
		var out strings.Builder
		found := false
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, group+":") {
				found = true
				if !strings.HasSuffix(line, ":") {
					line += ","
				}
				line += user
			}
			out.WriteString(line + "\n")
		}
		return out.String(), found
	}
	var found bool
	if a.Group, found = join(a.Group); !found {
		return fmt.Errorf("sysusers: there is no group %s for %s", group, user)
	}
	a.GShadow, _ = join(a.GShadow)
	return nil
}

// accounts completes the files of users and groups below root.
func accounts(root string) error {
	var a Accounts
	files := []struct {
		name string
		text *string
		mode os.FileMode
	}{{"passwd", &a.Passwd, 0o644}, {"group", &a.Group, 0o644}, {"shadow", &a.Shadow, 0o640}, {"gshadow", &a.GShadow, 0o640}}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(root, "etc", f.name))
		if err != nil {
			return err
		}
		*f.text = string(b)
	}
	ours, err := os.ReadFile(filepath.Join(root, "usr/lib/sysusers.d/autocom.conf"))
	if err != nil {
		return err
	}
	if err := a.Add(string(ours)); err != nil {
		return err
	}
	a.Passwd = nobodySignsIn(a.Passwd)
	a.Shadow = sameDay(a.Shadow)
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, "etc", f.name), []byte(*f.text), f.mode); err != nil {
			return err
		}
	}
	return nil
}

// sameDay sets the day of every password's last change, which is that of the build otherwise, and locks every account.
func sameDay(shadow string) string {
	var out strings.Builder
	for line := range strings.Lines(shadow) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) == 9 {
			fields[1], fields[2] = "!*", fmt.Sprint(tool.Epoch/86400)
		}
		out.WriteString(strings.Join(fields, ":") + "\n")
	}
	return out.String()
}
