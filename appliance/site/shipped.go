package site

import (
	"slices"
	"strings"
)

// Shipped are the prompts every box has, each in French ("fr/closed") and in English ("en/closed"): a document may name them wherever it names a
// sound. What they say, and whose they are: appliance/prompts/sounds/LICENCES.md.
func Shipped() []string {
	return []string{
		"welcome", "please-wait", "thanks-for-waiting", "all-busy", "closed", "goodbye", "invalid-key", "no-input", "nobody-available",
		"voicemail-greeting", "mailbox-full", "message-saved", "message-too-short", "not-in-service", "lines-busy", "call-recorded",
	}
}

// shipped reports whether a name is that of a prompt every box has.
func shipped(sound string) bool {
	language, prompt, found := strings.Cut(sound, "/")
	return found && (language == "fr" || language == "en") && slices.Contains(Shipped(), prompt)
}
