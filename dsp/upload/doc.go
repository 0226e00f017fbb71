// Package upload turns the sound file an administrator uploads into telephone sound.
//
// It will own the reading of WAV, MP3, FLAC and Ogg files within bounds; nothing is here yet.
package upload
