package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"autocom/appliance/console"
)

func (b *askedBox) People(context.Context) ([]console.Person, error) {
	return []console.Person{
		{ID: "ana", Name: "Ana", Roles: []string{"agent", "supervisor"}, Password: july, Invited: july},
		{ID: "ben", Name: "Ben", Roles: []string{"agent"}, Invited: july.Add(7 * 24 * time.Hour)},
		{ID: "cid", Name: "Cid", Roles: []string{"agent"}},
	}, nil
}

func (b *askedBox) Invite(_ context.Context, id, _ string) (console.Invitation, error) {
	if id != "ana" {
		return console.Invitation{}, fmt.Errorf("the site document names nobody %q: %w", id, console.ErrNotFound)
	}
	return console.Invitation{ID: id, Code: "K7QM2-P4X9A", Until: july.Add(7 * 24 * time.Hour), Page: "https://127.0.0.1:8443"}, nil
}

func (b *askedBox) Forget(context.Context, string, string) error { return nil }

func TestAnEmptyHouseIsSaid(t *testing.T) {
	var out strings.Builder
	if err := printPeople(&out, nil); err != nil || !strings.Contains(out.String(), "names no agent") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
