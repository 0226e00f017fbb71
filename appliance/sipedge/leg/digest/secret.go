package digest

import "log/slog"

// Secret is a password. It never shows in logs.
type Secret string

// LogValue masks it.
func (Secret) LogValue() slog.Value { return slog.StringValue("********") }

// String masks it in anything that is printed.
func (Secret) String() string { return "********" }

// GoString masks it in %#v.
func (Secret) GoString() string { return "********" }

// MarshalText masks it in anything that is encoded.
func (Secret) MarshalText() ([]byte, error) { return []byte("********"), nil }
