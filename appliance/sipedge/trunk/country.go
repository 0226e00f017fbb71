package trunk

// Home is the country code and the national prefix of a country (ISO 3166), for [Config]. Countries that are not in the table have none:
// their numbers are then written and read in full.
func Home(country string) (code, prefix string) {
	switch country {
	case "FR":
		return "33", "0"
	case "GP", "BL", "MF":
		return "590", "0"
	case "GF":
		return "594", "0"
	case "MQ":
		return "596", "0"
	case "RE", "YT":
		return "262", "0"
	case "BE":
		return "32", "0"
	case "CH":
		return "41", "0"
	case "LU":
		return "352", ""
	case "DE":
		return "49", "0"
	case "GB":
		return "44", "0"
	case "ES":
		return "34", ""
	case "IT":
		return "39", ""
	default:
		return "", ""
	}
}
