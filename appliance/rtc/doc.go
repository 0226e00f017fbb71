// Package rtc connects an agent's browser as a telephone.
//
// It will own the process that ends WebRTC and hands plain RTP to an ordinary media leg; nothing is
// here yet.
package rtc
