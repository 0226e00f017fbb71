package wire

import (
	"crypto/sha256"
	"encoding/hex"

	"autocom/appliance/site"
)

// PathDocument takes the document a box had before the console published one, or one that was changed on the spot: POST LocalDocument -> Received.
const PathDocument = "/v1/device/document"

// LocalDocument is a document in force on a box that the console did not publish. The console begins its draft from it: nobody types a branch twice.
type LocalDocument struct {
	Name string `json:"name"` // content name, as in Status.Document
	Text string `json:"text"` // YAML; holds passwords
}

// NewLocal names a document by its content, as the box's status does.
func NewLocal(text []byte) LocalDocument {
	doc, problems := site.Parse(text)
	if len(problems) > 0 { // what this program cannot live by has no name of that kind
		sum := sha256.Sum256(text)
		return LocalDocument{Name: hex.EncodeToString(sum[:6]), Text: string(text)}
	}
	return LocalDocument{Name: doc.Revision(), Text: string(text)}
}
