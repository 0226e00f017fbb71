import type { Key } from '../words'

// What the form shows of the site document (appliance/site/document.go). What it does not show stays as it is, and is to be had as text.

export type Kind = 'text' | 'number' | 'switch' | 'duration' | 'choice' | 'list' | 'secret' | 'one' | 'many' | 'choices'

export interface FieldSpec {
  name: string // below the section's or item's path; may have dots
  kind: Kind
  choices?: readonly string[] // of choice and choices: codes, with words in the catalogue
  from?: string // of one and many: the list whose items may be named
  none?: boolean // one: may be empty
}

export interface Section {
  id: string
  list?: string // the list's path: items have the fields
  fields: readonly FieldSpec[]
  blank?: Record<string, unknown> // a new item
}

const text = (name: string): FieldSpec => ({ name, kind: 'text' })
const number = (name: string): FieldSpec => ({ name, kind: 'number' })
const duration = (name: string): FieldSpec => ({ name, kind: 'duration' })
const toggle = (name: string): FieldSpec => ({ name, kind: 'switch' })
const list = (name: string): FieldSpec => ({ name, kind: 'list' })
const secret = (name: string): FieldSpec => ({ name, kind: 'secret' })
const choice = (name: string, ...choices: string[]): FieldSpec => ({ name, kind: 'choice', choices })
const choices = (name: string, ...all: string[]): FieldSpec => ({ name, kind: 'choices', choices: all })
const one = (name: string, from: string, none = true): FieldSpec => ({ name, kind: 'one', from, none })
const many = (name: string, from: string): FieldSpec => ({ name, kind: 'many', from })

export const SECTIONS: readonly Section[] = [
  { id: 'site', fields: [text('site.name'), choice('site.country', 'fr', 'ch', 'es', 'gb', 'it'), text('site.timezone'), choice('site.language', 'fr', 'en')] },
  { id: 'network', fields: [text('network.sip'), text('network.sip_tls'), text('network.advertised'), list('network.phones'), list('network.remote'), list('network.dns'), number('network.max_calls')] },
  { id: 'numbers', fields: [text('numbers.outside')] },
  { id: 'emergency', fields: [list('emergency.numbers'), one('emergency.trunk', 'trunks'), text('emergency.presented'), duration('emergency.call_back')] },
  {
    id: 'trunks', list: 'trunks',
    fields: [text('name'), text('address'), list('sources'), number('channels'), text('presented'), list('allowed'), text('profile'), choice('register', '', 'yes', 'no'), text('username'), secret('password'), choice('transport', '', 'udp', 'tcp', 'tls'), duration('qualify')],
    blank: { name: '', address: '', sources: [], channels: 10, presented: '' },
  },
  {
    id: 'extensions', list: 'extensions',
    fields: [text('number'), text('name'), secret('secret'), duration('ring'), toggle('outside'), text('presented'), choice('kind', 'phone', 'fax', 'terminal', 'lift'), toggle('unlimited'), toggle('watched')],
    blank: { number: '', name: '', secret: '' },
  },
  {
    id: 'queues', list: 'queues',
    fields: [text('id'), text('name'), duration('ring'), duration('max_wait'), number('max_length'), one('overflow', 'queues'), duration('wrap_up'), duration('cool_down'), duration('retry'), text('music'), toggle('record')],
    blank: { id: '', name: '' },
  },
  {
    id: 'agents', list: 'agents',
    fields: [text('id'), text('name'), one('extension', 'extensions'), many('queues', 'queues'), toggle('logged_in')],
    blank: { id: '', name: '', queues: [] },
  },
  {
    id: 'services', list: 'services',
    fields: [text('number'), text('name'), text('welcome'), one('queue', 'queues'), one('extension', 'extensions'), toggle('active')],
    blank: { number: '', name: '' },
  },
  {
    id: 'rules',
    fields: [number('toll.calls'), number('toll.calls_each'), choices('toll.forbidden', 'national', 'mobile', 'international', 'premium', 'satellite'), list('toll.abroad'), text('toll.night.from'), text('toll.night.to'),
      choice('transfers.outside', 'by_right', 'one_outside', 'never'), duration('transfers.alone'), text('recording.basis'), number('recording.days')],
  },
]

/** fieldKey is the catalogue's name of a field: "field.queues.max_wait", "field.toll.calls". */
export function fieldKey(section: Section, field: FieldSpec): Key {
  return `field.${section.list ? `${section.list}.` : ''}${field.name}` as Key
}

/** sectionOf finds the section a path belongs to. */
export function sectionOf(path: string): Section | undefined {
  const first = path.split(/[.[]/, 1)[0]
  return SECTIONS.find((s) => (s.list ? s.list === first : s.fields.some((f) => f.name.split('.', 1)[0] === first)))
}

const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789'

/** password makes one of 20 characters that can be read aloud: 116 bits. */
export function password(random: (into: Uint8Array) => Uint8Array = (b) => crypto.getRandomValues(b as Uint8Array<ArrayBuffer>)): string {
  const limit = 256 - (256 % ALPHABET.length)
  let made = ''
  while (made.length < 20) {
    for (const b of random(new Uint8Array(32))) {
      if (b < limit && made.length < 20) made += ALPHABET[b % ALPHABET.length]
    }
  }
  return made
}
