// Package localapi is what programs and the box's own pages ask of the box over HTTP: who is signed in, what agents, queues and calls do, and the
// commands of the call centre.
//
// Whoever asks is a person with a session or a program with a key. What they see and may do follows from the site document in force at that moment,
// never from what they were when they signed in.
package localapi
