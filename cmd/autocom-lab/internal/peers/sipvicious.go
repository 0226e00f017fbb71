package peers

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
)

// attacker runs one of sipvicious's tools from an address of our choice, which two of the three do not offer; and under another name than its own
// if asked to, as whoever means harm does: the name is a default value in its source.
const attacker = `import socket, sys
_, tool, source, name = sys.argv[:4]
class From(socket.socket):
    def bind(self, to):
        super().bind((source, 0))
socket.socket = From
sys.path.insert(0, "/usr/share/sipvicious")
from sipvicious.libs import svhelper
if name:
    svhelper.makeRequest.__defaults__ = tuple(name if d == "friendly-scanner" else d for d in svhelper.makeRequest.__defaults__)
sys.argv[:4] = [tool]
getattr(__import__("sipvicious." + tool, fromlist=["main"]), "main")()
`

// Sipvicious runs svmap, svwar or svcrack from an address, under its own name when name is empty.
func Sipvicious(dir, tool, name string, from netip.Addr, args ...string) (*Child, error) {
	path := filepath.Join(dir, "attacker.py")
	if err := os.WriteFile(path, []byte(attacker), 0o600); err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	return start(dir, "python3", append([]string{path, tool, from.String(), name, "-x", from.String()}, args...)...)
}
