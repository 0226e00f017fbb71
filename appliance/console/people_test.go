package console

import (
	"errors"
	"strings"
	"testing"
)

func TestPeopleAreListedInvitedAndForgottenOverTheSocket(t *testing.T) {
	c := serve(t, &fakeBox{})
	if list, err := c.People(t.Context()); err != nil || len(list) != 1 || list[0].ID != "ana" || !list[0].Password.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if i, err := c.Invite(t.Context(), "ana"); err != nil || !strings.HasPrefix(i.Code, "for ") || i.Code == "for uid:unknown" {
		t.Errorf("%+v, %v: want whoever is at the socket", i, err)
	}
	if err := c.Forget(t.Context(), "ana"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"eve", "../status", "a/b"} {
		if _, err := c.Invite(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", id, err)
		}
	}
}
