import { describe, expect, test } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { CATALOGUE } from './catalogue'
import { fill, words } from './index'
import { fieldKey, SECTIONS } from '../draft/schema'

const entries: [string, readonly [string, string]][] = Object.entries(CATALOGUE)
const wants = (s: string) => [...new Set([...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort()

describe('the catalogue', () => {
  test.each(entries)('%s is said in French and in English, with the same values', (_, [fr, en]) => {
    expect(fr.trim()).not.toBe('')
    expect(en.trim()).not.toBe('')
    expect(wants(fr)).toEqual(wants(en))
    expect(fr.split('|').length).toBe(en.split('|').length)
  })

  test('French keeps its spaces together', () => {
    for (const [key, [fr]] of entries) expect(fr, key).not.toMatch(/ [:;?!»]|« /)
  })

  test('a plural has both its forms', () => {
    for (const [key] of entries) {
      if (key.endsWith('.one')) expect(Object.keys(CATALOGUE)).toContain(key.replace(/one$/, 'other'))
    }
  })

  test('no key stands in two files', () => {
    const dir = new URL('.', import.meta.url)
    const seen = new Map<string, string>()
    for (const file of readdirSync(dir).filter((f) => /^(codes|draft|fields|frame|people|sites)\.ts$/.test(f))) {
      for (const [, key] of readFileSync(new URL(file, dir), 'utf8').matchAll(/^ {2}'?([\w.]+)'?: \['/gm)) {
        expect(seen.get(key!), `${key} in ${file}`).toBeUndefined()
        seen.set(key!, file)
      }
    }
    expect(seen.size).toBe(entries.length)
  })

  test('every fact of the box has a sentence', () => {
    const decode = readFileSync(new URL('../../../../appliance/exchange/fact/decode.go', import.meta.url), 'utf8')
    const kinds = [...decode.matchAll(/Kind\s*\{?\s*return "([a-z_.]+)"|= "([a-z]+\.[a-z_]+)"|case "([a-z]+\.[a-z_]+)"/g)].map((m) => m[1] ?? m[2] ?? m[3]!)
    expect(kinds.length).toBeGreaterThan(40)
    for (const kind of kinds) expect(Object.keys(CATALOGUE)).toContain(`event.${kind}`)
  })

  test('every field and section of the form has a name', () => {
    for (const s of SECTIONS) {
      for (const k of [`section.${s.id}`, `section.${s.id}.note`, ...(s.list ? [`one.${s.id}`, `add.${s.id}`, `empty.${s.id}`] : [])]) expect(Object.keys(CATALOGUE)).toContain(k)
      for (const f of s.fields) {
        expect(Object.keys(CATALOGUE)).toContain(fieldKey(s, f))
        for (const c of f.choices ?? []) if (c) expect(Object.keys(CATALOGUE)).toContain(`${fieldKey(s, f)}.${c}`)
      }
    }
  })

  test('every field of the form stands in the site document', () => {
    const site = new URL('../../../../appliance/site/', import.meta.url)
    const doc = readdirSync(site).filter((f) => f.endsWith('.go') && !f.endsWith('_test.go')).map((f) => readFileSync(new URL(f, site), 'utf8')).join('\n')
    const known = new Set([...doc.matchAll(/`json:"([a-z_]+)"`/g)].map((m) => m[1]!))
    for (const s of SECTIONS) for (const f of s.fields) for (const part of f.name.split('.')) expect(known, `${s.id} ${f.name}`).toContain(part)
  })
})

describe('a sentence', () => {
  test.each([
    ['{n} postes', { n: 3 }, '3 postes'],
    ['Ligne {trunk} coupée|Ligne coupée', {}, 'Ligne coupée'],
    ['Ligne {trunk} coupée|Ligne coupée', { trunk: 'secours' }, 'Ligne secours coupée'],
    ['Proposé à {agent}[ sur {extension}]', { agent: 'Ana' }, 'Proposé à Ana'],
    ['Proposé à {agent}[ sur {extension}]', { agent: 'Ana', extension: '201' }, 'Proposé à Ana sur 201'],
    ['Perdue[ : {reason}].', { reason: '' }, 'Perdue.'],
  ])('%s with %o', (template, args, want) => expect(fill(template, args)).toBe(want))

  test('an unknown code is shown, not hidden', () => {
    expect(words('fr').code('reason', 'roof.leaks')).toContain('roof.leaks')
    expect(words('en').code('event', 'roof.leaks')).toContain('roof.leaks')
  })

  test('what comes and goes has a sentence for each', () => {
    expect(words('en').code('event', 'phone.reachable', { extension: '214', reachable: 'false' })).toBe('Phone 214 is silent.')
    expect(words('en').code('event', 'phone.reachable', { extension: '214', reachable: 'true' })).toBe('Phone 214 is registered again.')
  })

  test('plurals follow the language: zero is singular in French', () => {
    expect(words('fr').n('sites.calls', 0)).toBe('0 appel en cours')
    expect(words('en').n('sites.calls', 0)).toBe('0 calls under way')
    expect(words('fr').n('sites.calls', 2)).toBe('2 appels en cours')
  })
})
