// Package siteapi lets an administrator read and change the site document over HTTP.
//
// It will own the handlers that box and cloud both mount; nothing is here yet.
package siteapi
