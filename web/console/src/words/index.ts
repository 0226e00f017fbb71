import { useSyncExternalStore } from 'react'
import { CATALOGUE, type Key } from './catalogue'
import { clock, span } from '../time'
import { inFrench, sentence } from './said'
import type { Args } from '../api/types'

export type { Key } from './catalogue'
export type Language = 'fr' | 'en'

const REMEMBERED = 'autocom.language'

let language: Language = first()
const listeners = new Set<() => void>()

function first(): Language {
  try {
    const kept = localStorage.getItem(REMEMBERED)
    if (kept === 'fr' || kept === 'en') return kept
  } catch {
    // Storage is shut: the browser's language it is.
  }
  const wanted = typeof navigator === 'undefined' ? ['fr'] : navigator.languages
  return wanted.find((l) => /^(fr|en)\b/.test(l))?.slice(0, 2) === 'en' ? 'en' : 'fr'
}

export function setLanguage(l: Language) {
  language = l
  try {
    localStorage.setItem(REMEMBERED, l)
  } catch {
    // It holds until the page is left.
  }
  document.documentElement.lang = l
  listeners.forEach((f) => f())
}

/** fill puts values into a sentence. "{x}" wants one; of "a|b" the first that has all it wants is taken; "[ … {x}]" is left out without one. */
export function fill(template: string, args: Record<string, string | number | undefined> = {}): string {
  const has = (part: string) => [...part.matchAll(/\{(\w+)\}/g)].every(([, k]) => args[k!] !== undefined && args[k!] !== '')
  const bare = (part: string) => part.replace(/\[[^\]]*\]/g, '')
  const options = template.split('|')
  const chosen = options.find((o) => has(bare(o))) ?? options[options.length - 1]!
  return chosen
    .replace(/\[([^\]]*)\]/g, (_, part: string) => (has(part) ? part : ''))
    .replace(/\{(\w+)\}/g, (_, k: string) => String(args[k] ?? ''))
}

/** Words speak one language. */
export interface Words {
  language: Language
  t: (key: Key, args?: Record<string, string | number | undefined>) => string
  /** n chooses between key.one and key.other. */
  n: (key: string, count: number, args?: Record<string, string | number | undefined>) => string
  /** code finds the sentence of a code the API sent, with what it sent besides. */
  code: (family: string, code: string, args?: Args) => string
  /** said is a sentence the server said in English. */
  said: (text: string) => string
  has: (key: string) => boolean
  time: (ms: number, seconds?: boolean) => string
  date: (ms: number) => string
  moment: (ms: number) => string
  span: (ms: number) => string
  ago: (ms: number) => string
  number: (n: number) => string
  percent: (part: number) => string
}

const made = new Map<Language, Words>()

/** words is the catalogue of a language with its ways of writing dates and numbers. */
export function words(l: Language): Words {
  let w = made.get(l)
  if (!w) made.set(l, (w = make(l)))
  return w
}

function make(l: Language): Words {
  const column = l === 'fr' ? 0 : 1
  const locale = l === 'fr' ? 'fr-FR' : 'en-GB'
  const rules = new Intl.PluralRules(locale)
  const hm = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
  const hms = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' })
  const full = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
  const num = new Intl.NumberFormat(locale)
  const pct = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const has = (key: string): key is Key => Object.hasOwn(CATALOGUE, key)
  const t: Words['t'] = (key, args) => fill(CATALOGUE[key][column], args)
  const spanWords = (ms: number) => {
    const s = span(ms)
    if (s.unit === 's') return t('span.s', { n: s.value })
    if (s.unit === 'min') return t('span.min', { n: s.value })
    if (s.unit === 'h') return s.rest ? t('span.hm', { n: s.value, m: String(s.rest).padStart(2, '0') }) : t('span.h', { n: s.value })
    return s.rest ? t('span.dh', { n: s.value, h: s.rest }) : t('span.d', { n: s.value })
  }
  const date = (ms: number) => (clock.now() - ms > 300 * 86_400_000 ? full : day).format(ms)
  const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString()
  return {
    language: l,
    t,
    n: (key, count, args) => {
      const k = `${key}.${rules.select(count)}`
      const known = has(k) ? k : `${key}.other`
      return has(known) ? t(known, { n: num.format(count), ...args }) : `${count}`
    },
    code: (family, code, args) => {
      // What comes and goes has a sentence for each.
      const turn = args && (args['reachable'] ?? args['up'] ?? args['on'])
      const turned = `${family}.${code}.${turn}`
      const key = has(turned) ? turned : `${family}.${code}`
      return has(key) ? t(key, args) : t('code.unknown', { code })
    },
    said: (text) => sentence(l === 'fr' ? inFrench(text) : text),
    has,
    time: (ms, seconds) => (seconds ? hms : hm).format(ms),
    date,
    moment: (ms) => {
      const now = clock.now()
      if (sameDay(ms, now)) return hm.format(ms)
      if (sameDay(ms, now - 86_400_000)) return `${t('yesterday')} ${hm.format(ms)}`
      return `${date(ms)} ${hm.format(ms)}`
    },
    span: spanWords,
    ago: (ms) => {
      const past = clock.now() - ms
      return past < 1000 ? t('now') : t('ago', { span: spanWords(past) })
    },
    number: (n) => num.format(n),
    percent: (part) => pct.format(part),
  }
}

function subscribe(f: () => void) {
  listeners.add(f)
  return () => listeners.delete(f)
}

/** useWords follows the language somebody chose. */
export function useWords(): Words {
  return words(useSyncExternalStore(subscribe, () => language))
}

const ticks = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

function onTick(f: () => void) {
  ticks.add(f)
  ticking ??= setInterval(() => ticks.forEach((g) => g()), 1000)
  return () => {
    ticks.delete(f)
    if (ticks.size === 0) {
      clearInterval(ticking)
      ticking = undefined
    }
  }
}

/** useNow is the server's time, each second. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => Math.floor(clock.now() / 1000)) * 1000
}
