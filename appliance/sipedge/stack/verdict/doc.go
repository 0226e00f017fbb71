// Package verdict says of each SIP message whether it may go on, and what its sender is told when it may not.
//
// It is RFC 3261 §8.2 and the torture tests of RFC 4475 as pure functions of a message: a [Judge] gives a [Refusal] or lets it pass, [OfText] and
// [AnswerText] do so for what no parser can read, [Unwrap] leaves of a body with several parts what the box understands, and [Merges] knows the
// second copy of a request.
package verdict
