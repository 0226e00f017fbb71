package nat

// Code names a finding. The names are stable: documents and support cases refer to them.
type Code string

// The findings.
const (
	AlteredVia     Code = "alg.via"              // our Via came back with another sent-by
	AlteredBranch  Code = "alg.branch"           // or another branch
	AlteredContact Code = "alg.contact"          // our Contact came back with another host or port
	AlteredCallID  Code = "alg.call-id"          //
	AlteredFromTag Code = "alg.from-tag"         //
	AlteredSDP     Code = "alg.sdp"              // the address of our sound was changed on the way
	AlteredLength  Code = "alg.length"           // a body is longer or shorter than its Content-Length
	MixedAddresses Code = "alg.phone"            // a phone's messages name addresses that do not fit together
	PhoneBehindNAT Code = "nat.phone"            //
	BoxBehindNAT   Code = "nat.box"              // carriers see the box at another address than its own
	AddressChanges Code = "nat.address-changes"  // and that address changes
	PortPerPeer    Code = "nat.symmetric"        // each carrier sees another port
	ShortMapping   Code = "nat.short-mapping"    // the router forgets the box or a phone within seconds
	Silent         Code = "keepalive.silent"     // a phone that answered does not any more
	NeverAnswers   Code = "keepalive.unanswered" // a phone that never answered a keep-alive
)

// Grade is how bad a finding is.
type Grade string

// The grades.
const (
	Good    Grade = "good"
	Notice  Grade = "notice"  // worth knowing
	Trouble Grade = "trouble" // calls suffer, or will
)

// Finding is one thing an installer should know.
type Finding struct {
	Code     Code   `json:"code"`
	Grade    Grade  `json:"grade"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

const (
	switchOff = "Switch off \"SIP ALG\" (also called SIP helper, SIP inspection or SIP fixup) in the router between the box and its peer, then restart the router."
	orTLS     = " Where it cannot be switched off, use TLS: what the router cannot read it cannot rewrite."
)

// Of makes a finding of a code, with what shows it: neither secrets nor outside numbers belong there.
func Of(c Code, evidence string) Finding {
	f := about(c)
	f.Code, f.Evidence = c, evidence
	return f
}

// about is what there is to say of a code, whoever it was found at.
func about(c Code) Finding {
	switch c {
	case AlteredVia, AlteredBranch, AlteredContact, AlteredCallID, AlteredFromTag:
		return Finding{
			Grade: Trouble, Sentence: "A router rewrites the SIP messages of the box on their way.",
			Remedy: switchOff + orTLS,
		}
	case AlteredSDP:
		return Finding{
			Grade: Trouble, Sentence: "A router rewrites where the sound of calls is sent to; callers may hear nothing.",
			Remedy: switchOff + orTLS,
		}
	case AlteredLength:
		return Finding{
			Grade: Trouble, Sentence: "A message arrived with a body of another length than it says: a router changed it and did not count again.",
			Remedy: switchOff + orTLS,
		}
	case MixedAddresses:
		return Finding{
			Grade: Trouble, Sentence: "A phone's messages name addresses that do not fit together: a router near the phone rewrites some of them, or the phone uses STUN for some.",
			Remedy: switchOff + " Switch off STUN in the phone: the box does not need it.",
		}
	case PhoneBehindNAT:
		return Finding{
			Grade: Notice, Sentence: "A phone is behind a router that translates its address. The box sends it keep-alives so that it can be called.",
			Remedy: "Nothing need be done. If calls to it fail now and then, let the phone use TCP or TLS.",
		}
	case BoxBehindNAT:
		return Finding{
			Grade: Notice, Sentence: "The box is behind a router that translates its address: carriers see it at another one.",
			Remedy: "Tell the carrier the outside address, and set it as the address the box gives of itself if calls stay without sound.",
		}
	case AddressChanges:
		return Finding{
			Grade: Trouble, Sentence: "The outside address of the box changes. A carrier that knows the box by its address will refuse its calls after a change.",
			Remedy: "Order a fixed address from the Internet provider, or use a trunk that registers with a password.",
		}
	case PortPerPeer:
		return Finding{
			Grade: Notice, Sentence: "The router gives the box another outside port for each carrier, so no carrier can be told a fixed one.",
			Remedy: "Forward port 5060 to the box in the router, or use a trunk that registers with a password.",
		}
	case ShortMapping:
		return Finding{
			Grade: Notice, Sentence: "A router forgets a connection that is silent for a few seconds. The box keeps it open with frequent messages.",
			Remedy: "Raise the time for UDP connections in the router to 60 s or more, or use TCP or TLS.",
		}
	case Silent:
		return Finding{
			Grade: Trouble, Sentence: "A phone that is registered does not answer any more. Calls are not offered to it until it is heard again.",
			Remedy: "Check that the phone has power and its network cable; restart it.",
		}
	case NeverAnswers:
		return Finding{
			Grade: Notice, Sentence: "A phone never answers keep-alives, so the box cannot tell when it is gone before its registration ends.",
			Remedy: "Set the phone to register every 60 to 120 s.",
		}
	default:
		return Finding{}
	}
}
