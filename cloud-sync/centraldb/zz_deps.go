package centraldb

import _ "github.com/creack/pty"
