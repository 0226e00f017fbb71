// A small stand-in for the cloud's drafts: enough of the site document's rules to show problems and differences.
import { isCollection, isScalar, parseDocument } from 'yaml'

export const MASK = '••••••••'
const SECRETS = new Set(['secret', 'password'])
const DEFAULTS = {
  extensions: { ring: '30s', outside: true, presented: '', kind: 'phone', unlimited: false, watched: true },
  queues: { ring: '20s', retry: '2s', cool_down: '15s', max_wait: '0s', max_length: 0, wrap_up: '0s', overflow: '', music: 'music', record: false },
  agents: { queues: [], logged_in: false },
  services: { welcome: '', queue: '', extension: '', active: true },
  trunks: { channels: 10, allowed: [], prefixes: [], profile: 'generic-ip', register: '', transport: '', username: '', password: '', qualify: '0s' },
}
const TOP = {
  site: { country: 'fr', timezone: 'Europe/Paris', language: 'fr' },
  network: { sip: '0.0.0.0:5060', sip_tls: '', advertised: '', remote: [], dns: [], max_calls: 200 },
  numbers: { outside: '' },
  emergency: { numbers: ['15', '17', '18', '112', '114', '115', '119', '191', '196', '197'], call_back: '10m' },
  toll: { calls: 0, calls_each: 4, forbidden: ['premium', 'satellite'], abroad: ['+3', '+4'], night: { from: '', to: '', days: [] } },
  transfers: { outside: 'by_right', alone: '2h' }, recording: { basis: '', days: 180 },
}

export function mask(text) {
  return text.replace(/^(\s+(?:- )?(?:secret|password): ).*$/gm, `$1"${MASK}"`)
}

/** unmask puts the passwords of the text before where the mask came back, by their order. */
export function unmask(text, before) {
  const old = [...before.matchAll(/^\s+(?:- )?(?:secret|password): (.*)$/gm)].map((m) => m[1])
  let i = 0
  return text.replace(/^(\s+(?:- )?(?:secret|password): )(.*)$/gm, (line, head, value) => {
    const was = old[i++]
    return value.includes(MASK) ? `${head}${was ?? '""'}` : line
  })
}

export function read(text) {
  const doc = parseDocument(text)
  if (doc.errors.length > 0) return { doc, json: null, error: doc.errors[0] }
  const json = doc.toJS() ?? {}
  for (const [k, v] of Object.entries(TOP)) json[k] = { ...v, ...(json[k] ?? {}) }
  for (const [k, v] of Object.entries(DEFAULTS)) json[k] = (json[k] ?? []).map((x) => ({ ...v, ...x }))
  for (const list of ['extensions', 'trunks']) for (const x of json[list]) for (const s of SECRETS) if (x[s]) x[s] = MASK
  return { doc, json }
}

const keys = (path) => [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((m) => m[1] ?? Number(m[2]))

export function edit(text, edits) {
  const doc = parseDocument(text)
  for (const { op, path, value } of edits) {
    const at = keys(path)
    if (op === 'remove') doc.deleteIn(at)
    else if (op === 'add') {
      if (isCollection(doc.getIn(at))) doc.addIn(at, doc.createNode(value))
      else doc.setIn(at, doc.createNode([value]))
    } else if (isScalar(doc.getIn(at, true)) && (typeof value !== 'object')) doc.setIn(at, value)
    else doc.setIn(at, doc.createNode(value))
  }
  return doc.toString({ lineWidth: 0 })
}

export function problems({ doc, json, error }, text) {
  if (!json) return [{ path: '', sentence: 'this is not YAML', remedy: 'mend the syntax at this line: indentation, quotes, colons', line: error.linePos?.[0]?.line ?? 1 }]
  const found = []
  const line = (path) => {
    const node = doc.getIn(keys(path), true) ?? doc.getIn(keys(path).slice(0, -1), true)
    return node?.range ? text.slice(0, node.range[0]).split('\n').length : undefined
  }
  const add = (path, sentence, remedy) => found.push({ path, sentence, remedy, line: line(path) })
  if (!json.site.name) add('site.name', 'the site has no name', 'name the branch')
  json.queues.forEach((q, i) => {
    if (!q.id) add(`queues[${i}].id`, 'this queue has no name', 'give it one')
    for (const d of ['ring', 'max_wait', 'wrap_up', 'cool_down', 'retry']) if (!/^(\d+(h|ms|m|s))+$/.test(String(q[d]))) add(`queues[${i}].${d}`, `"${q[d]}" is no span of time: write "20s" or "1m30s"`, 'write a number and a unit: 20s, 5m, 1h')
    if (q.overflow && !json.queues.some((o) => o.id === q.overflow)) add(`queues[${i}].overflow`, `there is no queue "${q.overflow}"`, 'name a queue of this document')
  })
  json.extensions.forEach((x, i) => {
    if (!/^[1-9]\d{1,5}$/.test(x.number)) add(`extensions[${i}].number`, `"${x.number}" cannot be an extension`, 'use 2 to 6 digits, not starting with 0')
    if (!x.secret) add(`extensions[${i}].secret`, `extension ${x.number} has no secret`, 'give each phone its own, 12 characters or more')
  })
  json.agents.forEach((a, i) => {
    if (!a.id) add(`agents[${i}].id`, 'this agent has no name', 'give it one')
    if (a.extension && !json.extensions.some((x) => x.number === a.extension)) add(`agents[${i}].extension`, `there is no extension "${a.extension}"`, 'name an extension of this document')
  })
  return found
}

const named = (x) => (x && typeof x === 'object' ? (x.id ?? x.number ?? x.name) : undefined)

/** changes lists what differs, by name of the things. */
export function changes(was, is, path = '') {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  const write = (v) => (v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v))
  const isList = (v) => Array.isArray(v) && v.some((x) => typeof x === 'object')
  if (isList(was) || isList(is)) {
    const ids = new Set([...(was ?? []), ...(is ?? [])].map(named))
    return [...ids].flatMap((id) => {
      const a = (was ?? []).find((x) => named(x) === id)
      const b = (is ?? []).find((x) => named(x) === id)
      const p = `${path}[${id}]`
      return a && b ? changes(a, b, p) : [{ path: p, was: a ? write(named(a)) : '', is: b ? write(named(b)) || '–' : '' }]
    })
  }
  if (was && is && typeof was === 'object' && typeof is === 'object' && !Array.isArray(was)) {
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((k) => changes(was[k], is[k], path ? `${path}.${k}` : k))
  }
  const secret = SECRETS.has(path.split('.').at(-1))
  return [{ path, was: secret ? MASK : write(was), is: secret ? MASK : write(is) }]
}
