// Package deviceapi answers the boxes: enrolment, the desired document, facts and live status, over mutual TLS.
package deviceapi
