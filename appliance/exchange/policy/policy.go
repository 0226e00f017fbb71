// Package policy holds what the law and the regulator forbid or owe on a telephone line, as tables with dates.
package policy

import (
	"slices"
	"strings"
)

// Emergency lists the numbers that must always pass in a country. Source for FR: ARCEP, list of emergency numbers,
// in force 2026-01-01; 112 is owed in every country of the table (Directive (EU) 2018/1972 art. 109, and CH by OFCOM).
func Emergency(country string) []string {
	switch strings.ToUpper(country) {
	case "FR":
		return []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116117"}
	case "CH":
		return []string{"112", "117", "118", "144", "143", "145", "147", "1414"}
	case "ES":
		return []string{"112", "061", "080", "091", "062"}
	case "GB":
		return []string{"112", "999", "18000"}
	case "IT":
		return []string{"112", "113", "115", "118", "1530"}
	default:
		return []string{"112"}
	}
}

// Premium is a family of numbers that cost more than an ordinary call, from a date on.
type Premium struct {
	Country string
	Prefix  string // E.164 prefix, or the leading digits of a short number
	From    string // first day it holds, ISO 8601
	Until   string // first day it no longer holds; empty: still in force
}

// premiums is the table (FR: ARCEP decision 2018-0881 and its numbering plan, SVA with surcharge). It never changes.
var premiums = []Premium{
	{Country: "FR", Prefix: "+3381", From: "2015-10-01"},
	{Country: "FR", Prefix: "+3382", From: "2015-10-01"},
	{Country: "FR", Prefix: "+3389", From: "2015-10-01"},
	{Country: "FR", Prefix: "118", From: "2015-10-01"},
	{Country: "CH", Prefix: "+41900", From: "2002-03-29"},
	{Country: "CH", Prefix: "+41901", From: "2002-03-29"},
	{Country: "CH", Prefix: "+41906", From: "2002-03-29"},
	{Country: "ES", Prefix: "+34803", From: "2002-12-01"},
	{Country: "ES", Prefix: "+34806", From: "2002-12-01"},
	{Country: "ES", Prefix: "+34807", From: "2002-12-01"},
	{Country: "GB", Prefix: "+449", From: "2015-07-01"},
	{Country: "IT", Prefix: "+39899", From: "2008-10-01"},
}

// IsPremium reports whether a number costs more than an ordinary call on a day (ISO 8601), and the prefix that says so.
func IsPremium(country, number, day string) (string, bool) {
	country = strings.ToUpper(country)
	i := slices.IndexFunc(premiums, func(p Premium) bool {
		return strings.HasPrefix(number, p.Prefix) && (p.Prefix[0] == '+' || p.Country == country) && day >= p.From && (p.Until == "" || day < p.Until)
	})
	if i < 0 {
		return "", false
	}
	return premiums[i].Prefix, true
}
