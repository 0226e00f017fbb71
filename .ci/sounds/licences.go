package main

import (
	"fmt"
	"strings"
)

const head = `# The sounds that ship, and whose they are

This page is written by ` + "`make sounds`" + ` from ` + "`.ci/sounds/manifest.txt`" + `; a test holds that every file has its line. Why these sources: docs/decisions/0007-sounds.md.

| mark | source | author and holder | licence |
|---|---|---|---|
| Armelle | Debian asterisk-prompt-fr-armelle 20070613-2.2 (asterisk-1.2-sounds-fr-armelle) | spoken by Armelle Desjardins, © 2006 Michel Gutierrez | BSD-style, [below](#armelle) |
| Allison | Debian asterisk-core-sounds-en-wav 1.6.1-1 (Asterisk core sounds, en_US) | spoken by Allison Smith (theivrvoice.com), © 2003–2010 Allison Smith, financed by Digium, Inc. | [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/), [below](#allison) |
| espeak-ng | spoken by the program espeak-ng 1.51, voice fr-fr, text of ours | this project | that of this repository: the program is under the GPL 3, what it says is not |
| flite | spoken by the program flite 2.2, voice slt, text of ours | this project; program and voice © Carnegie Mellon University | that of this repository; the program is under a BSD-style licence |
| ours | written by appliance/prompts/sounds/compose | this project | that of this repository |

**Changed**: every recording was cut to its words, freed of what lies below 120 Hz, its pauses made quieter, its active level brought to −20 dBm0 (ITU-T P.56) and kept as A-law at 8 kHz; several may be joined in one file.
**Synthesised**: what no free recording says is spoken by a machine and marked *synthétisé, à remplacer par un enregistrement*.
**Says**: of a recording, what Asterisk's list gives for its name; the speaker's own words may differ a little.

| file | says | from |
|---|---|---|
`

const tail = `
## Armelle

> Copyright (C) 2006 Michel Gutierrez
>
> Redistribution and use, with or without modification, are permitted provided that the following conditions are met:
> 1. Redistributions must retain the above copyright notice, this list of conditions and the following disclaimer.
> 2. Neither the name of the Indigen Solutions nor the names of its contributors, contractors and employees may be used to endorse or promote products derived from this software without specific prior written permission.
>
> THIS SOFTWARE IS PROVIDED BY THE REGENTS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED.
> IN NO EVENT SHALL THE REGENTS OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
> HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

## Allison

The files marked Allison are adaptations of the Asterisk core sounds by Allison Smith, under the Creative Commons Attribution-ShareAlike 3.0 Unported licence (https://creativecommons.org/licenses/by-sa/3.0/legalcode).
They are offered under the same licence: whoever passes these files on, changed or not, keeps these lines and this licence. It covers these files alone, not the programs that play them, and nothing keeps anybody from copying them out of the firmware.
`

// synthesised marks what a machine says.
const synthesised = "synthétisé, à remplacer par un enregistrement"

func licences(all []piece) string {
	var b strings.Builder
	b.WriteString(head)
	for _, p := range all {
		var from []string
		machine := false
		for _, s := range p.from {
			cut := ""
			if s.to > 0 {
				cut = fmt.Sprintf(" (%d–%d ms)", s.from, s.to)
			}
			switch s.kind {
			case "armelle":
				from = append(from, "Armelle "+s.name+cut)
			case "allison":
				from = append(from, "Allison "+s.name+cut)
			case "own":
				from = append(from, "ours")
			case "pause":
				if len(p.from) == 1 {
					from = append(from, "ours")
				}
			case "espeak":
				from, machine = append(from, "espeak-ng"), true
			case "flite":
				from, machine = append(from, "flite"), true
			}
		}
		line := strings.Join(from, " + ")
		if machine {
			line += ", *" + synthesised + "*"
		}
		text := p.text
		if text == "," {
			text = "(a pause)"
		}
		fmt.Fprintf(&b, "| %s.wav | %s | %s |\n", p.name, text, line)
	}
	b.WriteString(tail)
	return b.String()
}
