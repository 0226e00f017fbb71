package exchange

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
)

// everyCommand is one command of each kind, as a person would write it.
func everyCommand() map[string]struct {
	fields string
	want   Input
} {
	type c = struct {
		fields string
		want   Input
	}
	return map[string]c{
		"agent.log_in":      {`{"agent":"ana","extension":"202"}`, AgentLogIn{Request: 7, By: "user:sam", Agent: "ana", Extension: "202"}},
		"agent.log_out":     {`{"agent":"ana"}`, AgentLogOut{7, "user:sam", "ana"}},
		"agent.declare":     {`{"agent":"ana","pause":"lunch"}`, AgentDeclare{7, "user:sam", "ana", "lunch"}},
		"agent.toolbar":     {`{"agent":"ana","up":true}`, AgentToolbar{Agent: "ana", Up: true}},
		"agent.force":       {`{"agent":"ana","pause":"lunch","note":"late"}`, AgentForce{7, "user:sam", "ana", "lunch", "late"}},
		"agent.lock":        {`{"agent":"ana","on":true}`, AgentLock{Request: 7, By: "user:sam", Agent: "ana", On: true}},
		"agent.message":     {`{"agent":"ana","text":"come"}`, AgentMessage{7, "user:sam", "ana", "come"}},
		"extension.set":     {`{"extension":"201","dnd":true}`, ExtensionSet{Request: 7, By: "user:sam", Extension: "201", DND: true}},
		"call.place":        {`{"agent":"ana","number":"0612345678","queue":"rouge"}`, CallPlace{Request: 7, By: "user:sam", Agent: "ana", Number: "0612345678", Queue: "rouge"}},
		"call.hang_up":      {`{"call":"1-000001"}`, CallHangUp{7, "user:sam", "1-000001"}},
		"call.record":       {`{"call":"1-000001","on":true}`, CallRecord{7, "user:sam", "1-000001", true}},
		"call.record_pause": {`{"call":"1-000001","paused":true}`, CallRecordPause{7, "user:sam", "1-000001", true}},
		"call.record_keep":  {`{"call":"1-000001","keep":true}`, CallRecordKeep{7, "user:sam", "1-000001", true}},
		"call.hold":         {`{"agent":"ana","on":true}`, CallHold{7, "user:sam", "ana", true}},
		"call.transfer":     {`{"agent":"ana","kind":"outside","target":"06"}`, CallTransfer{Request: 7, By: "user:sam", Agent: "ana", Kind: ToOutside, Target: "06"}},
		"call.transfer_do":  {`{"agent":"ana","deed":"confer"}`, CallTransferDo{7, "user:sam", "ana", TransferConfer}},
		"call.digits":       {`{"agent":"ana","digits":"1#"}`, CallDigits{7, "user:sam", "ana", "1#"}},
		"call.mask":         {`{"call":"1-000001","on":true}`, CallMask{7, "user:sam", "1-000001", true}},
		"call.park":         {`{"agent":"ana","slot":"701"}`, CallPark{7, "user:sam", "ana", "701"}},
		"call.pick_up":      {`{"agent":"ana","ringing":"201"}`, CallPickUp{Request: 7, By: "user:sam", Agent: "ana", Ringing: "201"}},
		"call.supervise":    {`{"supervisor":"sam","agent":"ana","mode":"listen"}`, Supervise{Request: 7, By: "user:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen}},
		"call.take_over":    {`{"supervisor":"sam","extension":"204","agent":"ana"}`, CallTakeOver{7, "user:sam", "sam", "204", "ana"}},
		"call.pull":         {`{"call":"1-000001","agent":"ana"}`, CallPull{Request: 7, By: "user:sam", Call: "1-000001", Agent: "ana"}},
		"call.move":         {`{"call":"1-000001","first":true}`, CallMove{Request: 7, By: "user:sam", Call: "1-000001", First: true}},
		"callback.ask":      {`{"queue":"rouge","number":"06","source":"command"}`, CallbackAsk{Request: 7, By: "user:sam", Queue: "rouge", Number: "06", Source: "command"}},
		"campaign.do":       {`{"campaign":"relance","deed":"start"}`, CampaignDo{7, "user:sam", "relance", CampaignStart}},
		"campaign.import":   {`{"campaign":"relance","list":"numéro"}`, CampaignImport{Request: 7, By: "user:sam", Campaign: "relance", List: "numéro"}},
		"consent.set":       {`{"number":"06","revoked":true}`, ConsentSet{Request: 7, By: "user:sam", Number: "06", Revoked: true}},
		"contact.next":      {`{"agent":"ana","campaign":"relance"}`, ContactNext{7, "user:sam", "ana", "relance"}},
		"contact.take":      {`{"agent":"ana","contact":"p1"}`, ContactTake{7, "user:sam", "ana", "p1"}},
		"contact.dial":      {`{"agent":"ana"}`, ContactDial{7, "user:sam", "ana"}},
		"contact.return":    {`{"agent":"ana","skip":true}`, ContactReturn{7, "user:sam", "ana", true}},
		"contact.mark":      {`{"agent":"ana","contact":"p1","mark":"later","at":5}`, ContactMark{7, "user:sam", "ana", "p1", campaign.MarkLater, 5}},
		"callback.cancel":   {`{"callback":"k1-000001"}`, CallbackCancel{7, "user:sam", "k1-000001"}},
	}
}

// TestReadCommand: each command is read from its JSON, under the name by which its refusals tell it.
func TestReadCommand(t *testing.T) {
	for name, c := range everyCommand() {
		in, err := ReadCommand(name, []byte(c.fields), 7, "user:sam")
		if err != nil || !reflect.DeepEqual(in, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, in, err, c.want)
		}
		if a, answered := in.(command); answered && a.asked().refusal.Command != name {
			t.Errorf("%s is told as %s", name, a.asked().refusal.Command)
		}
	}
	for _, bad := range []struct{ name, fields, want string }{
		{"call.dance", "", `there is no command "call.dance"`},
		{"call.hold", "on", "its fields are no JSON object"},
		{"call.hold", `{"agnet":"ana"}`, `unknown field "agnet"`},
		{"call.hold", `{"on":"yes"}`, "cannot unmarshal"},
		{"call.hold", `{"by":"supervisor:sam"}`, "by is not for you to say"},
		{"call.hold", `{"request":3}`, "request is not for you to say"},
		{"call.place", `{"callee":"s3"}`, "callee is not for you to say"},
		{"campaign.import", `{"rows":[]}`, "rows is not for you to say"},
		{"callback.ask", `{"subject":"s3"}`, "subject is not for you to say"},
	} {
		if in, err := ReadCommand(bad.name, []byte(bad.fields), 7, "user:sam"); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s %s: %+v, %v, want %q", bad.name, bad.fields, in, err, bad.want)
		}
	}
	for _, nothing := range []string{"", "null", "{}"} {
		if in, err := ReadCommand("call.hold", []byte(nothing), 7, "user:sam"); err != nil || in != (CallHold{Request: 7, By: "user:sam"}) {
			t.Errorf("%q: %+v, %v", nothing, in, err)
		}
	}
}

// TestEveryCommandCanBeRead: whatever is answered once can be asked for by name.
func TestEveryCommandCanBeRead(t *testing.T) {
	var names []string
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?s)\) asked\(\) asked\s*\{\s*return ask\(in\.Request, "([a-z_.]+)"`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	slices.Sort(names)
	if len(names) < 25 {
		t.Fatalf("found %v", names)
	}
	all := everyCommand()
	for _, name := range names {
		rims := []string{"night.lock", "person.erase"} // its hours are the rim's; to forget somebody is more than the exchange's
		if _, told := all[name]; !told && !slices.Contains(rims, name) {
			t.Errorf("%s cannot be asked for by name: see ReadCommand", name)
		}
	}
}
