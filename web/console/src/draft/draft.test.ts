import { describe, expect, test } from 'vitest'
import { identity, split, value, within } from './path'
import { password, sectionOf } from './schema'
import { placeWords, problemsIn, valueWords } from './words'
import { read, show } from './form'
import { words } from '../words'

const doc = { queues: [{ id: 'accueil', name: 'Accueil', max_wait: '3m0s' }, { id: 'renfort', name: '' }], toll: { night: { from: '' } }, extensions: [{ number: '201', name: 'Ana' }], trunks: [{ name: 'secours', sources: ['a'] }] }

describe('paths', () => {
  test('are cut into names and items', () => expect(split('queues[0].max_wait')).toEqual([{ name: 'queues' }, { item: '0' }, { name: 'max_wait' }]))
  test.each([['queues[0].max_wait', '3m0s'], ['queues[accueil].max_wait', '3m0s'], ['extensions[201].name', 'Ana'], ['extensions[0].name', 'Ana'], ['toll.night.from', ''], ['trunks[0].sources[0]', 'a'], ['nothing.here', undefined], ['queues[9].id', undefined], ['toString', undefined], ['', doc]])('%s', (path, want) => expect(value(doc, path)).toEqual(want))
  test('an item is called by its id, its number or its name', () => expect([{ id: 'a', name: 'b' }, { number: '1', name: 'b' }, { name: 'b' }, {}, null].map(identity)).toEqual(['a', '1', 'b', '', 'null']))
  test('a problem belongs to the field it lies in, not to one with a longer name', () => {
    expect(within('queues[0].ring', 'queues[0].ring')).toBe(true)
    expect(within('trunks[0].sources[1]', 'trunks[0].sources')).toBe(true)
    expect(within('queues[0].ringing', 'queues[0].ring')).toBe(false)
    expect(within('queues[10]', 'queues[1]')).toBe(false)
  })
  test('a path belongs to a section', () => {
    expect(['queues[0].ring', 'toll.calls', 'recording.basis', 'site.name', 'extensions', 'cloud.proxy'].map((p) => sectionOf(p)?.id)).toEqual(['queues', 'rules', 'rules', 'site', 'extensions', undefined])
    expect(problemsIn([{ path: 'queues[0]' }, { path: 'queues[1].id' }, { path: 'site.name' }], 'queues')).toBe(2)
  })
})

describe('differences in words', () => {
  const fr = words('fr')
  test.each([['queues[accueil].max_wait', 'File Accueil\u00a0: attente au plus'], ['extensions[203]', 'Poste 203'], ['toll.calls', 'Règles\u00a0: appels sortants à la fois'], ['queues[renfort].novelty', 'File renfort\u00a0: novelty'], ['cloud.proxy', 'cloud\u00a0: proxy']])('%s', (path, want) => expect(placeWords(fr, path, doc)).toBe(want))
  test.each([['true', 'oui'], ['false', 'non'], ['["15","17"]', '15, 17'], ['[]', 'aucun'], ['3m0s', '3m'], ['"20s"', '20s'], ['{"id":"rouge","ring":"20s"}', 'rouge'], ['{broken', '{broken'], ['', '']])('%s', (raw, want) => expect(valueWords(fr, raw)).toBe(want))
})

describe('fields', () => {
  test('a list is typed with commas or spaces', () => expect(read({ name: 'x', kind: 'list' }, ' 10.0.0.0/8, 192.168.0.0/16  fc00::/7;')).toEqual(['10.0.0.0/8', '192.168.0.0/16', 'fc00::/7']))
  test('what is no number goes as it was typed', () => expect([read({ name: 'x', kind: 'number' }, ' 12 '), read({ name: 'x', kind: 'number' }, 'many')]).toEqual([12, 'many']))
  test('what is shown is read back the same', () => {
    for (const [kind, v] of [['text', 'Ana'], ['number', 4], ['list', ['a', 'b']], ['duration', '3m']] as const) expect(read({ name: 'x', kind }, show({ name: 'x', kind }, v))).toEqual(v)
  })
  test('a password is long, differs, and has no letter that is read as another', () => {
    const made = password()
    expect(made).toMatch(/^[A-HJKMNP-Za-hjkmnp-z2-9]{20}$/)
    expect(password()).not.toBe(made)
  })
  test('a password does not favour a letter', () => {
    // 255 lies above the last whole multiple of the alphabet: it is thrown away.
    let first = true
    const made = password((b) => { b.fill(first ? 255 : 0); first = false; return b })
    expect(made).toBe('A'.repeat(20))
  })
})
