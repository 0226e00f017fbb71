package steward

import (
	"strings"

	"autocom/hwio/sysfs"
)

// problem makes a Problem with its English words.
func problem(path, code, value string) Problem {
	p := Problem{Path: path, Code: code, Value: sysfs.Printable(value, 60)}
	p.Sentence, p.Remedy = p.Words("en")
	return p
}

// Words are the sentence and the remedy in a language, "fr" or "en".
func (p Problem) Words(language string) (sentence, remedy string) {
	for _, w := range words() {
		if w.code != p.Code {
			continue
		}
		if language == "fr" {
			sentence, remedy = w.phrase, w.conseil
		} else {
			sentence, remedy = w.sentence, w.remedy
		}
		return strings.ReplaceAll(sentence, "%", p.Value), strings.ReplaceAll(remedy, "%", p.Value)
	}
	return p.Code, ""
}

// said is what one code says; % stands for what was typed.
type said struct{ code, sentence, remedy, phrase, conseil string }

func words() []said {
	return []said{
		{"mode", "“%” is no way to have an address", "choose dhcp or static", "« % » n'est pas une façon d'obtenir une adresse", "choisissez dhcp ou static"},
		{"dhcp.address", "with DHCP the network gives the address", "leave the address empty, or choose static", "en DHCP, c'est le réseau qui donne l'adresse", "laissez l'adresse vide, ou choisissez une adresse fixe"},
		{"dhcp.gateway", "with DHCP the network gives the gateway", "leave the gateway empty, or choose static", "en DHCP, c'est le réseau qui donne la passerelle", "laissez la passerelle vide, ou choisissez une adresse fixe"},
		{"address.missing", "a fixed address was chosen and none was given", "type it with the length of its network, such as 192.168.1.10/24", "une adresse fixe est choisie mais n'est pas donnée", "tapez-la avec la longueur de son réseau, par exemple 192.168.1.10/24"},
		{"address.length", "% has no network length", "add it: /24 stands for the mask 255.255.255.0", "il manque à % la longueur de son réseau", "ajoutez-la : /24 vaut le masque 255.255.255.0"},
		{"address.form", "“%” is no address", "type four numbers from 0 to 255 and the length, such as 192.168.1.10/24", "« % » n'est pas une adresse", "tapez quatre nombres de 0 à 255 et la longueur, par exemple 192.168.1.10/24"},
		{"address.six", "% is an IPv6 address", "give the IPv4 address; IPv6 comes from the router by itself", "% est une adresse IPv6", "donnez l'adresse IPv4 ; l'IPv6 vient du routeur"},
		{"address.narrow", "the network of % has no room for a gateway and phones", "use the length that the network's administrator gave, at most /30", "le réseau de % n'a pas de place pour une passerelle et des postes", "utilisez la longueur donnée par l'administrateur du réseau, au plus /30"},
		{"address.wide", "the network of % is larger than any", "use a length from /8 to /30", "le réseau de % est plus grand que tout réseau réel", "utilisez une longueur de /8 à /30"},
		{"address.multicast", "% is a group address and belongs to no machine", "use an address of the local network", "% est une adresse de groupe, elle n'est à aucune machine", "utilisez une adresse du réseau local"},
		{"address.kind", "% cannot be a machine's address on a network", "use an address of the local network, such as 192.168.1.10/24", "% ne peut pas être l'adresse d'une machine sur un réseau", "utilisez une adresse du réseau local, par exemple 192.168.1.10/24"},
		{"address.network", "% is the name of the network, not an address in it", "choose another last number", "% est le nom du réseau, pas une adresse de ce réseau", "changez le dernier nombre"},
		{"address.broadcast", "% is the address of everybody in the network", "choose another last number", "% est l'adresse de diffusion du réseau", "changez le dernier nombre"},
		{"gateway.form", "“%” is no address", "type four numbers from 0 to 255, such as 192.168.1.1", "« % » n'est pas une adresse", "tapez quatre nombres de 0 à 255, par exemple 192.168.1.1"},
		{"gateway.six", "% is an IPv6 address", "give the IPv4 gateway", "% est une adresse IPv6", "donnez la passerelle IPv4"},
		{"gateway.self", "% is the box itself", "give the router's address", "% est l'appliance elle-même", "donnez l'adresse du routeur"},
		{"gateway.outside", "the gateway % is not in the box's network", "check the gateway, and the length after the box's address", "la passerelle % n'est pas dans le réseau de l'appliance", "vérifiez la passerelle, et la longueur après l'adresse"},
		{"gateway.edge", "% is the first or last address of the network and belongs to no machine", "give the router's address", "% est la première ou la dernière adresse du réseau et n'est à aucune machine", "donnez l'adresse du routeur"},
		{"dns.many", "there are more than three name servers", "keep the first three", "il y a plus de trois serveurs de noms", "gardez les trois premiers"},
		{"dns.form", "“%” is no address", "give the name server's address, such as 192.168.1.1", "« % » n'est pas une adresse", "donnez l'adresse du serveur de noms, par exemple 192.168.1.1"},
		{"dns.kind", "% cannot be a name server", "give the address of the router or of the provider's server", "% ne peut pas être un serveur de noms", "donnez l'adresse du routeur ou du serveur de l'opérateur"},
		{"vlan", "this is no VLAN", "give a number from 1 to 4094, or 0 for none", "ce n'est pas un VLAN", "donnez un nombre de 1 à 4094, ou 0 pour aucun"},
		{"ntp.many", "there are more than four time servers", "keep the first four", "il y a plus de quatre serveurs de temps", "gardez les quatre premiers"},
		{"ntp.form", "“%” is neither a name nor an address", "type it without blanks, such as pool.ntp.org", "« % » n'est ni un nom ni une adresse", "tapez-le sans espace, par exemple pool.ntp.org"},
		{"interface", "this box has no network socket to set", "check that the network card was recognised", "l'appliance n'a pas de prise réseau à régler", "vérifiez que la carte réseau est reconnue"},
	}
}
