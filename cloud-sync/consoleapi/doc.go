// Package consoleapi is what administrators of many sites see and use.
//
// It answers the console page (web/console) and programs with JSON over HTTP, described by OpenAPI. It knows who asks and in which tenant; what a
// site is, central knows.
package consoleapi
