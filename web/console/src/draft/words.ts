import { identity, split, value } from './path'
import { SECTIONS, sectionOf } from './schema'
import type { Words } from '../words'
import { shortDuration } from '../time'

/** placeWords says a path as people do: « File Accueil : attente au plus ». */
export function placeWords(w: Words, path: string, document: unknown): string {
  const parts = split(path)
  const first = parts[0]
  if (!first || !('name' in first)) return path
  const section = sectionOf(path)
  const key = (names: string[]) => `field.${names.join('.')}`
  const names = parts.flatMap((p) => ('name' in p ? [p.name] : []))
  const item = parts[1] && 'item' in parts[1] ? parts[1].item : undefined
  if (section?.list && item !== undefined) {
    const it = value(document, `${section.list}[${item}]`) as Record<string, unknown> | undefined
    const called = (it && typeof it['name'] === 'string' && it['name']) || (it ? identity(it) : item)
    const head = w.t('place.item', { section: w.code('one', section.id), name: called || item })
    const rest = names.slice(1)
    if (rest.length === 0) return head
    const k = key([section.list, ...rest])
    return w.t('place', { head, field: w.has(k) ? lower(w.code('field', k.slice(6))) : rest.join('.') })
  }
  const k = key(names)
  const head = section ? w.code('section', section.id) : first.name
  if (!w.has(k)) return names.length > 1 ? w.t('place', { head, field: names.slice(1).join('.') }) : head
  return w.t('place', { head, field: lower(w.code('field', k.slice(6))) })
}

function lower(s: string): string {
  return /^\p{Lu}\p{Ll}/u.test(s) ? s[0]!.toLowerCase() + s.slice(1) : s
}

/** valueWords writes a value of a difference: true is « oui », a list is its items, a whole item its name. */
export function valueWords(w: Words, raw: string): string {
  const text = raw.trim()
  if (text === '') return ''
  if (text === 'true' || text === 'false') return w.t(text === 'true' ? 'yes' : 'no')
  if (/^[{[]/.test(text)) {
    try {
      const parsed: unknown = JSON.parse(text)
      if (Array.isArray(parsed)) return parsed.length ? parsed.map((x) => (typeof x === 'object' ? identity(x) : String(x))).join(', ') : w.t('none')
      return identity(parsed) || text
    } catch {
      // It is no JSON: it stands as it is.
    }
  }
  if (text === '""') return w.t('none')
  return shortDuration(text.replace(/^"(.*)"$/, '$1'))
}

/** problemsIn counts the problems of a section. */
export function problemsIn(problems: readonly { path: string }[], id: string): number {
  return problems.filter((p) => sectionOf(p.path)?.id === id).length
}

export { SECTIONS }
