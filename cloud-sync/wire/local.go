package wire

// PathDocument takes the document a box had before the console published one, or one that was changed on the spot: POST LocalDocument -> Received.
const PathDocument = "/v1/device/document"

// LocalDocument is a document in force on a box that the console did not publish. The console begins its draft from it: nobody types a branch twice.
type LocalDocument struct {
	Name string `json:"name"` // content name, as in Status.Document
	Text string `json:"text"` // YAML; holds passwords
}
