// Package level keeps a quiet voice and a loud one at a comfortable level.
//
// It will own gain control and level meters in dBm0; nothing is here yet.
package level
