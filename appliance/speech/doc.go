// Package speech speaks written sentences to callers and recognises what they answer.
//
// It will own the adapters to speech synthesis and recognition; nothing is here yet.
package speech
