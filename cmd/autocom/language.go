package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"autocom/appliance/console"

	"github.com/spf13/cobra"
)

// languageFlag is the language of refusals: fr, en, or empty for the session's.
type languageFlag string

func (l *languageFlag) String() string { return string(*l) }
func (l *languageFlag) Type() string   { return "string" }

// Set takes what was typed.
func (l *languageFlag) Set(text string) error {
	if text != "fr" && text != "en" {
		return errors.New("choose fr or en")
	}
	*l = languageFlag(text)
	return nil
}

// told is the language a command's refusals are told in: its --language, or that of the session, as every program of it (LC_ALL, LC_MESSAGES, LANG).
func told(cmd *cobra.Command, env func(string) string) console.Language {
	choice := ""
	if cmd != nil {
		if f := cmd.Flag("language"); f != nil && f.Changed {
			choice = f.Value.String()
		}
	}
	if choice == "" {
		choice = cmp.Or(env("LC_ALL"), env("LC_MESSAGES"), env("LANG"))
	}
	if choice == "fr" || strings.HasPrefix(choice, "fr_") || strings.HasPrefix(choice, "fr.") {
		return console.French
	}
	return console.English
}

// words are an error as the person at the keyboard reads it. What the box refused is in their language; the rest of a sentence around it stays.
func words(cmd *cobra.Command, err error) string {
	refused, is := errors.AsType[*console.Refused](err)
	if !is {
		return err.Error()
	}
	return strings.Replace(err.Error(), refused.Error(), refused.In(told(cmd, os.Getenv)), 1)
}

// complain prints why a command failed.
func complain(cmd *cobra.Command, err error) {
	fmt.Fprintln(cmd.Root().ErrOrStderr(), "autocom: "+words(cmd, err))
}
