package centraldb

import (
	_ "github.com/creack/pty"
	_ "github.com/danielgtaylor/huma/v2"
	_ "github.com/danielgtaylor/huma/v2/adapters/humago"
	_ "github.com/vishvananda/netlink"
	_ "go.bug.st/serial"
)
