package stack

import "net/http"

func (d *dock) webServer() *http.Server { return &http.Server{} }
func (d *dock) serveWeb()               {}
