package run

import "runtime"

// Realtime asks for real-time scheduling on a thread of its own and tells whether it was granted.
func Realtime() error {
	answer := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		answer <- realtime()
	}()
	return <-answer
}
