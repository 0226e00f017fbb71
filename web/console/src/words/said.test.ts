import { describe, expect, test } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { CATALOGUE } from './catalogue'
import { FORMATS, inFrench, sentence } from './said'
import { explain } from '../ui/parts'
import { words } from './index'
import { Refused } from '../api/client'

const root = new URL('../../../../', import.meta.url)
const source = (path: string) => readFileSync(new URL(path, root), 'utf8')
const sources = (dir: string) => readdirSync(new URL(dir, root)).filter((f) => f.endsWith('.go') && !f.endsWith('_test.go')).map((f) => [f, source(dir + f)] as const)
const literals = (line: string) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]!.replace(/\\"/g, '"'))

/** codes is every code that the console's interface answers refusals with. */
function codes(): string[] {
  const own = [...source('cloud-sync/consoleapi/failure.go').matchAll(/^\tcode\w+\s*= "([a-z_.]+)"/gm)].map((m) => m[1]!)
  const wire = new Map([...source('cloud-sync/wire/doc.go').matchAll(/^\t(Code\w+)\s*= "([a-z_.]+)"/gm)].map((m) => [m[1]!, m[2]!]))
  const used = new Set(sources('cloud-sync/consoleapi/').flatMap(([, text]) => [...text.matchAll(/wire\.(Code\w+)/g)].map((m) => wire.get(m[1]!)!)))
  return [...own, ...used].sort()
}

/** formats is every sentence of what may be wrong with a document, and of refusals that name something. */
function formats(): string[] {
  const found = new Set<string>()
  const take = (s: string) => {
    if (!/ /.test(s.trim()) && !/^ | $/.test(s) && s !== 'close them') return // a path, a name
    if (/^,? ?$/.test(s)) return // between items
    found.add(s.startsWith(' ') ? `%s${s}` : s.endsWith(' ') ? `${s}%s` : s)
  }
  for (const [file, text] of [...sources('appliance/site/'), ...sources('cloud-sync/consoleapi/')]) {
    if (file === 'api.go') continue // what no page of ours sends
    for (const raw of text.split('\n')) {
      const line = raw.replace(/\s\/\/ .*$/, '')
      if (/refuse\(http/.test(line) && !/codeRefused/.test(line)) continue // said by its code
      if (/\.add\(|\.problem\(|Problem(View)?\{|unreadable\{|Sentence:|Remedy:|codeRefused, |badEdit\(e, |did you mean|the settings here are/.test(line)) literals(line).forEach(take)
      if (/^\t+return "(the|a) /.test(line) || (file === 'password.go' && /return fmt\.Sprintf/.test(line))) literals(line).filter((s) => !s.includes('$')).forEach(take)
      if (file === 'edit.go' && /return nil, "/.test(line)) literals(line).forEach(take)
      if (file === 'document.go' && /Errorf\(/.test(line)) literals(line).filter((s) => s.includes('span of time')).forEach(take)
    }
  }
  const spoken = ['cloud.go', 'documents.go', 'fleet.go', 'local.go', 'fleet_devices.go', 'fleet_facts.go']
  for (const [file, text] of [...sources('cloud-sync/central/'), ...sources('cloud-sync/centraldb/')].filter(([f]) => spoken.includes(f))) {
    for (const [, s] of text.matchAll(/"%w: ([^"]+)", (?:central\.)?ErrRefused/g)) if (file !== 'local.go' || s!.includes('of its own')) take(s!)
  }
  for (const [, text] of sources('appliance/site/')) for (const [, s] of text.matchAll(/c\.unique\([^\n]*"([a-z -]+)"\)$/gm)) found.add(s!)
  return [...found].sort()
}

describe('what the server says', () => {
  test('the refusals of the interface and of the catalogue are the same', () => {
    const here = Object.keys(CATALOGUE).flatMap((k) => /^failure\.(?!http\.|unreached|wait|other)(.*?)(?:\.remedy)?$/.exec(k)?.[1] ?? [])
    // Its sentence names what was refused: it is said from that.
    expect([...new Set([...here, 'refused'])].sort()).toEqual(codes())
  })

  test.each(codes().filter((c) => c !== 'refused'))('%s has its sentence and its remedy', (code) => {
    expect(Object.keys(CATALOGUE)).toContain(`failure.${code}`)
    expect(Object.keys(CATALOGUE)).toContain(`failure.${code}.remedy`)
  })

  test('every sentence of its sources is said in French, and no other', () => {
    const theirs = formats()
    expect(theirs.length).toBeGreaterThan(150)
    expect([...FORMATS].sort()).toEqual(theirs)
  })

  test('every deed of the journal has its words', () => {
    const done = new Set(sources('cloud-sync/consoleapi/').flatMap(([, text]) => [...text.matchAll(/(?:audited|record|told|deed)\(ctx, [^"\n]*"([a-z_.]+)"/g)].map((m) => m[1]!)))
    for (const [, text] of sources('cmd/autocom-cloud/')) for (const [, what] of text.matchAll(/What: "([a-z_.]+)"/g)) done.add(what!)
    done.delete('.refused') // after another
    const here = Object.keys(CATALOGUE).flatMap((k) => /^deed\.(.*)$/.exec(k)?.[1] ?? [])
    expect(here.sort()).toEqual([...done].sort())
  })

  test.each([
    ['"Mars/Olympus" is no time zone', '« Mars/Olympus » n’est pas un fuseau horaire'],
    ['queue "rouge" would never overflow to "bleue"', 'la file « rouge » ne déborderait jamais vers « bleue »'],
    ['this extension has no name', 'il manque un nom : le poste'],
    ['extension "201" is already at extensions[0].number', 'le poste « 201 » est déjà à extensions[0].number'],
    ['a list stands where a text belongs', 'une liste est là où il faut un texte'],
    ['use by_right, one_outside, never', 'prenez by_right, one_outside, never'],
    ['use a random one', 'prenez-en un au hasard'],
    ['trunks[0].password is not one text on one line', 'trunks[0].password n’est pas un texte sur une ligne'],
    ['set queues[0].x: there is no such item', 'set queues[0].x : cet élément n’existe pas'],
    ['something nobody translated', 'something nobody translated'],
  ])('%s', (english, french) => expect(inFrench(english).replaceAll('\u00a0', ' ')).toBe(french))

  test('a refusal is said in the page’s language', () => {
    const e = new Refused(422, { code: 'refused', sentence: 'no box is enrolled at this site', problems: [] })
    expect(explain(words('fr'), e).title).toBe('Aucun boîtier n’est inscrit à ce site.')
    expect(explain(words('en'), e).title).toBe('No box is enrolled at this site.')
    expect(sentence('')).toBe('')
  })
})
