package trunk

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile is the habits of a kind of carrier.
type Profile struct {
	Name   string `yaml:"name"`   // as a trunk of the site document names it
	Title  string `yaml:"title"`  // what it is for, in a sentence
	Source string `yaml:"source"` // where the carrier says so; empty for habits that are nobody's in particular
	Config Config `yaml:"trunk"`
}

// Profiles are those that come with the box, by name.
func Profiles() ([]Profile, error) {
	entries, err := profileFiles.ReadDir("profiles")
	if err != nil {
		return nil, fmt.Errorf("trunk: profiles: %w", err)
	}
	var list []Profile
	for _, e := range entries {
		data, err := profileFiles.ReadFile(path.Join("profiles", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("trunk: profile %s: %w", e.Name(), err)
		}
		p, err := ReadProfile(data)
		if err != nil {
			return nil, fmt.Errorf("trunk: profile %s: %w", e.Name(), err)
		}
		if p.Name+".yaml" != e.Name() {
			return nil, fmt.Errorf("trunk: profile %s calls itself %q", e.Name(), p.Name)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// ProfileNamed is one of them. The empty name is a profile that says nothing.
func ProfileNamed(name string) (Profile, error) {
	if name == "" {
		return Profile{}, nil
	}
	list, err := Profiles()
	if err != nil {
		return Profile{}, err
	}
	for _, p := range list {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("trunk: no profile %q", name)
}

// ReadProfile reads a profile's file strictly: a field that is not known is an error.
func ReadProfile(data []byte) (p Profile, err error) {
	defer func() { // the decoder falls over some files that are no YAML (a tag where a list belongs)
		if r := recover(); r != nil {
			p, err = Profile{}, fmt.Errorf("the file cannot be read: %v", r)
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&p); err != nil {
		return Profile{}, err
	}
	if p.Name == "" || p.Title == "" {
		return Profile{}, errors.New("a profile has a name and a title")
	}
	if bad := p.Config.Check(); len(bad) > 0 {
		return Profile{}, errors.New(strings.Join(bad, "; "))
	}
	return p, nil
}

// Over is the trunk with what it leaves open taken from base: a profile, say.
func (c Config) Over(base Config) Config {
	into, from := reflect.ValueOf(&c).Elem(), reflect.ValueOf(base)
	for i := range into.NumField() {
		if into.Field(i).IsZero() {
			into.Field(i).Set(from.Field(i))
		}
	}
	return c
}

// Set gives one habit by its name in a profile's file: how a site document says what it has no field of its own for. Lists are written with
// commas.
func (c *Config) Set(name, value string) error {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") != name || name == "-" {
			continue
		}
		if err := write(v.Field(i), value); err != nil {
			return fmt.Errorf("trunk: %s: %q cannot be read", name, value)
		}
		return nil
	}
	return fmt.Errorf("trunk: no setting %q", name)
}

// write puts a text into a field.
func write(f reflect.Value, text string) error {
	switch {
	case f.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		f.SetInt(int64(d))
	case f.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		f.SetInt(int64(n))
	case f.Kind() == reflect.Slice:
		list := reflect.MakeSlice(f.Type(), 0, 4)
		for part := range strings.SplitSeq(text, ",") {
			list = reflect.Append(list, reflect.ValueOf(strings.TrimSpace(part)).Convert(f.Type().Elem()))
		}
		f.Set(list)
	case f.Kind() == reflect.String:
		f.SetString(text)
	}
	return nil
}
