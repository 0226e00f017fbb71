package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ReadCommand makes a person's command of its name, as refusals tell it ("call.hold"), and of its fields as JSON:
//
//	{"agent": "ana", "on": true}
//
// Who asks and under which number is the rim's to say, and so are the subjects of outside numbers: such fields are refused here. An error is a
// sentence for whoever wrote the command. The night lock is not among them: its hours are the rim's.
func ReadCommand(name string, fields []byte, request RequestID, by string) (Input, error) {
	switch name {
	case "agent.log_in":
		return read(name, fields, request, by, AgentLogIn{})
	case "agent.log_out":
		return read(name, fields, request, by, AgentLogOut{})
	case "agent.declare":
		return read(name, fields, request, by, AgentDeclare{})
	case "agent.toolbar":
		return read(name, fields, 0, "", AgentToolbar{})
	case "agent.force":
		return read(name, fields, request, by, AgentForce{})
	case "agent.lock":
		return read(name, fields, request, by, AgentLock{})
	case "agent.message":
		return read(name, fields, request, by, AgentMessage{})
	case "extension.set":
		return read(name, fields, request, by, ExtensionSet{})
	case "call.place":
		return read(name, fields, request, by, CallPlace{})
	case "call.hang_up":
		return read(name, fields, request, by, CallHangUp{})
	case "call.record":
		return read(name, fields, request, by, CallRecord{})
	case "call.record_pause":
		return read(name, fields, request, by, CallRecordPause{})
	case "call.record_keep":
		return read(name, fields, request, by, CallRecordKeep{})
	case "call.hold":
		return read(name, fields, request, by, CallHold{})
	case "call.transfer":
		return read(name, fields, request, by, CallTransfer{})
	case "call.transfer_do":
		return read(name, fields, request, by, CallTransferDo{})
	case "call.digits":
		return read(name, fields, request, by, CallDigits{})
	case "call.mask":
		return read(name, fields, request, by, CallMask{})
	case "call.park":
		return read(name, fields, request, by, CallPark{})
	case "call.pick_up":
		return read(name, fields, request, by, CallPickUp{})
	case "call.supervise":
		return read(name, fields, request, by, Supervise{})
	case "call.take_over":
		return read(name, fields, request, by, CallTakeOver{})
	case "call.pull":
		return read(name, fields, request, by, CallPull{})
	case "call.move":
		return read(name, fields, request, by, CallMove{})
	case "callback.ask":
		return read(name, fields, request, by, CallbackAsk{})
	case "callback.cancel":
		return read(name, fields, request, by, CallbackCancel{})
	default:
		if in, known, err := readCampaign(name, fields, request, by); known {
			return in, err
		}
		return nil, fmt.Errorf("there is no command %q", name)
	}
}

// ours are the fields of a command that nobody but the rim fills in.
func ours(field string) bool {
	switch field {
	case "request", "by", "callee", "subject", "rows", "rejected":
		return true
	default:
		return false
	}
}

// read fills a command in. A field it does not have is an error.
func read[T Input](name string, fields []byte, request RequestID, by string, in T) (Input, error) {
	all := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(fields)) > 0 {
		if err := json.Unmarshal(fields, &all); err != nil {
			return nil, fmt.Errorf("command %s: its fields are no JSON object: %w", name, err)
		}
	}
	if all == nil {
		all = map[string]json.RawMessage{} // null
	}
	var bad []error
	for _, field := range slices.Sorted(maps.Keys(all)) {
		if ours(field) {
			bad = append(bad, fmt.Errorf("command %s: %s is not for you to say", name, field))
		}
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	if request != 0 {
		all["request"], _ = json.Marshal(request) // numbers and strings always can
		all["by"], _ = json.Marshal(by)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("command %s: %w", name, err)
	}
	return in, nil
}
