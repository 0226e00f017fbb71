// Package uplink keeps a box in step with the cloud, also after months without Internet: documents come down, facts go up, and nothing stops when the line does.
//
// The box opens every connection, over HTTPS to one server whose root it was given when it was enrolled. A streamed answer only nudges; whatever
// counts is asked for. One loop looks whether the cloud is there; the others work while it is.
package uplink
