// Package loudness measures how loud a recorded message sounds.
//
// It will own loudness as in ITU-R BS.1770 and the gain that evens out messages; nothing is here yet.
package loudness
