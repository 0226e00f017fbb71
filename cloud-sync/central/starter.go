package central

import (
	"encoding/json"
	"strings"
)

// Starter is the text a new site's document begins from: valid, with every place to fill in, and what the defaults are for a French branch.
func Starter(name string) string {
	quoted, err := json.Marshal(name) // a JSON string is a YAML string
	if err != nil {                   // a string always has a JSON form
		panic("central: " + err.Error())
	}
	return strings.Replace(starter, "NAME", string(quoted), 1)
}

const starter = `# The document of this branch. What is not written here has the default that is right for a branch in France.
version: 1

site:
  name: NAME
  country: fr                     # how national numbers are read
  timezone: Europe/Paris
  language: fr                    # of prompts and of the bandeau

numbers:
  outside: "0"                    # phones dial 0 for an outside line; "": none

# The carrier's line. Take away the # signs and fill in what its contract says.
# trunks:
#   - name: operateur
#     address: sip.operateur.example:5060
#     sources: [198.51.100.10]    # its calls come from here: that is how it is known
#     presented: "+33140506070"   # our number, as the carrier shows it
# emergency:
#   trunk: operateur              # the line that leaves from this branch itself
#   presented: "+33140506070"     # a geographic number of this branch

# The phones. Each needs a secret of its own, 12 characters or more.
# extensions:
#   - number: "201"
#     name: Accueil
#     secret: replace-by-a-random-password
`
