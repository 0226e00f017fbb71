package appliance

import (
	"errors"
	"slices"
	"testing"

	"autocom/appliance/httpapi/localapi"
	"autocom/appliance/site"
)

// Who answers, supervises and administers is one person with one password; what a supervisor watches is not what they serve.
func TestAPersonIsNamedOnce(t *testing.T) {
	got := named(&site.Document{
		Agents:         []site.Agent{{ID: "ana", Name: "Ana", Queues: []string{"rouge"}}, {ID: "sam", Name: "Sam", Queues: []string{"vert"}}},
		Supervisors:    []site.Supervisor{{ID: "sam", Name: "Sam", Queues: []string{"rouge"}, Rights: []string{"listen"}}, {ID: "lea", Name: "Léa"}},
		Administrators: []site.Administrator{{ID: "claire", Name: "Claire"}, {ID: "ana", Name: "Ana"}},
	})
	want := []localapi.Person{
		{ID: "ana", Name: "Ana", Agent: true, Administrator: true, Queues: []string{"rouge"}},
		{ID: "sam", Name: "Sam", Agent: true, Supervisor: true, Queues: []string{"vert"}, Watches: []string{"rouge"}, Rights: []string{"listen"}},
		{ID: "lea", Name: "Léa", Supervisor: true},
		{ID: "claire", Name: "Claire", Administrator: true},
	}
	if !slices.EqualFunc(got, want, func(a, b localapi.Person) bool {
		return a.ID == b.ID && a.Name == b.Name && a.Agent == b.Agent && a.Supervisor == b.Supervisor && a.Administrator == b.Administrator &&
			slices.Equal(a.Queues, b.Queues) && slices.Equal(a.Watches, b.Watches) && slices.Equal(a.Rights, b.Rights)
	}) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestABoxWithoutAPageInvitesNobody(t *testing.T) {
	b := &box{&core{}}
	_, list := b.People(t.Context())
	_, invite := b.Invite(t.Context(), "ana", "test")
	for what, err := range map[string]error{"list": list, "invite": invite, "forget": b.Forget(t.Context(), "ana", "test")} {
		if !errors.Is(err, errNoPage) {
			t.Errorf("%s: %v, want errNoPage", what, err)
		}
	}
}
