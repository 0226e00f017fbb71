package slot

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// EnvSize is the size of a GRUB environment file in bytes: it must never change, since GRUB writes over the file's own blocks.
const EnvSize = 1024

const envHead = "# GRUB Environment Block\n"

// ErrEnv is an environment file that cannot be read.
var ErrEnv = errors.New("the boot loader's environment is damaged")

// The names in the environment. grub.cfg knows them too.
const (
	keyFirst    = "first"
	keyLastGood = "last_good"
)

func keyLeft(s Slot) string      { return s.String() + "_left" }
func keyCondition(s Slot) string { return s.String() + "_is" }

// Env are the variables of an environment file, in their order.
type Env []struct{ Name, Value string }

// ParseEnv reads an environment file.
func ParseEnv(b []byte) (Env, error) {
	if len(b) != EnvSize || !bytes.HasPrefix(b, []byte(envHead)) {
		return nil, fmt.Errorf("%w: it does not begin as one, or has not %d bytes", ErrEnv, EnvSize)
	}
	body := strings.TrimRight(string(b[len(envHead):]), "#")
	var env Env
	for body != "" {
		line, rest, ended := strings.Cut(body, "\n")
		if !ended {
			return nil, fmt.Errorf("%w: its last line does not end", ErrEnv)
		}
		body = rest
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || strings.ContainsAny(value, "\\") {
			return nil, fmt.Errorf("%w: a line is no name and value", ErrEnv)
		}
		env = append(env, struct{ Name, Value string }{name, value})
	}
	return env, nil
}

// Value is the last value of a name.
func (e Env) Value(name string) string {
	for _, v := range slices.Backward(e) {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// Bytes is the file.
func (e Env) Bytes() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(envHead)
	for _, v := range e {
		if v.Name == "" || strings.ContainsAny(v.Name, "=\n#\\") || strings.ContainsAny(v.Value, "\n\\") {
			return nil, fmt.Errorf("%w: %q cannot be written", ErrEnv, v.Name)
		}
		fmt.Fprintf(&b, "%s=%s\n", v.Name, v.Value)
	}
	if b.Len() > EnvSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrEnv, EnvSize)
	}
	b.Write(bytes.Repeat([]byte("#"), EnvSize-b.Len()))
	return b.Bytes(), nil
}

// Decode reads the slots' state from an environment file.
func Decode(b []byte) (State, error) {
	env, err := ParseEnv(b)
	if err != nil {
		return State{}, err
	}
	var s State
	if s.First, err = Parse(env.Value(keyFirst)); err != nil {
		return State{}, fmt.Errorf("%w: first: %w", ErrEnv, err)
	}
	if s.LastGood, err = Parse(env.Value(keyLastGood)); err != nil {
		return State{}, fmt.Errorf("%w: last good: %w", ErrEnv, err)
	}
	for _, slot := range []Slot{A, B} {
		left, err := strconv.Atoi(env.Value(keyLeft(slot)))
		is := slices.Index(conditionNames(), env.Value(keyCondition(slot)))
		if err != nil || left < 0 || left > Tries || is < 0 {
			return State{}, fmt.Errorf("%w: what it says of slot %s", ErrEnv, slot)
		}
		s.Places[slot] = Place{Condition(is), left}
	}
	return s, nil
}

// Encode writes the slots' state as an environment file.
func Encode(s State) ([]byte, error) {
	env := Env{{keyFirst, s.First.String()}, {keyLastGood, s.LastGood.String()}}
	for _, slot := range []Slot{A, B} {
		env = append(env,
			struct{ Name, Value string }{keyLeft(slot), strconv.Itoa(s.Places[slot].Left)},
			struct{ Name, Value string }{keyCondition(slot), s.Places[slot].Condition.String()})
	}
	return env.Bytes()
}
