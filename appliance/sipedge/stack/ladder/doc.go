// Package ladder remembers the last SIP messages of each call, without their secrets, for who looks into what went wrong.
package ladder
