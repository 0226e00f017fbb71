//go:build interop

package centraldb

import "testing"

func TestPeopleOnPostgreSQL(t *testing.T) {
	peopleContract(t, startPostgres(t).database(t))
}

func TestMembersOnPostgreSQL(t *testing.T) {
	membersContract(t, startPostgres(t).database(t))
}
