// Package uplink keeps a box in step with the cloud, also after months without Internet.
//
// It will own enrolment, the desired document, the journal cursors and the retries; nothing is here
// yet.
package uplink
