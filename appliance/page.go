package appliance

import (
	"context"
	"errors"

	"autocom/appliance/console"
)

// errNoPage answers who asks for a code that could be typed nowhere.
var errNoPage = errors.New("this box shows no page of its own: name an address for it under network.web in the site document")

// AdminCode makes a code with which one person may sign in at the box's page.
func (b *box) AdminCode(context.Context, string) (console.AdminCode, error) {
	return console.AdminCode{}, errNoPage
}
