// The console's HTTP interface over an invented firm, in memory, for development and for the walk through the pages. It is no part of the page.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sites, story, view as viewOf } from './story.mjs'
import { changes, edit, mask, problems, read, unmask } from './draft.mjs'

const DIST = fileURLToPath(new URL('../dist/app/', import.meta.url))
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

class Refusal extends Error {
  constructor(status, code, sentence, remedy, more = {}) {
    super(sentence)
    Object.assign(this, { status, body: { code, sentence, remedy, ...more } })
  }
}

/** world is one firm; needed: nobody administers it yet. */
export function world({ needed = false, empty = false, now = () => Date.now() } = {}) {
  const w = { needed, sessions: new Set(), people: new Map(), sites: empty ? new Map() : sites(now()), streams: new Set(), now, down: false, deeds: [] }
  if (!needed) {
    const day = 86_400_000
    const put = (id, email, name, role, password, more) => w.people.set(email, { id, name, role, password, created: now() - 300 * day, ...more })
    put('u1', 'solene@verdier.example', 'Solène Lacaze', 'owner', 'une phrase assez longue')
    put('u2', 'karim@verdier.example', 'Karim Benali', 'admin', 'une phrase assez longue')
    put('u3', 'controle.de.gestion.regional@verdier.example', 'Marie-Antoinette de La Rochefoucauld-Montbazon', 'auditor', '', { code: 'VIEUX', until: now() - day })
    put('u4', 'zoe@verdier.example', 'Zoé Blanc', 'admin', '', { code: 'ATTEN', until: now() + 20 * 3_600_000 })
    const kinds = [['sign_in', '', ''], ['publish', 'toulouse', 'Trois minutes d’attente pour les commandes'], ['claim', 'gap', ''], ['publish.refused', 'nancy', 'document.problems'], ['person.invite', '', 'zoe@verdier.example'], ['sign_in.refused', '', ''], ['setup', '', 'admin'], ['revoke', 'ajaccio', ''], ['site.add', '', 'Gap'], ['person.invite.refused', '', 'person.email'], ['sign_out', '', '']]
    w.deeds = Array.from({ length: 120 }, (_, i) => ({ n: i + 1, at: now() - (120 - i) * 47 * 60_000, who: i % 3 ? 'solene@verdier.example' : 'karim@verdier.example', what: kinds[i % kinds.length][0], site: kinds[i % kinds.length][1], detail: kinds[i % kinds.length][2], address: '192.0.2.7' }))
  }
  return w
}

function session(w, email) {
  const p = w.people.get(email)
  return { user: email, name: p?.name ?? email, role: p?.role ?? 'admin', tenant: 't1', tenant_name: 'Maison Verdier', now: w.now() }
}

const person = (w, email, me) => {
  const p = w.people.get(email)
  const waits = p.code && p.until > w.now()
  return { id: p.id, email, name: p.name, role: p.role, created: p.created, state: p.password ? 'active' : waits ? 'waiting' : 'over', ...(waits ? { code: p.until } : {}), ...(email === me ? { you: true } : {}) }
}

const note = (w, who, what, site = '', detail = '') => w.deeds.push({ n: w.deeds.length + 1, at: w.now(), who, what, site, detail, address: '192.0.2.7' })

/** people answers what is asked of the tenant's people. */
function people(w, method, id, email, body) {
  const code = (at) => {
    Object.assign(w.people.get(at), { password: '', code: 'K7Q2M-XA9TR-D4WJ8-HN5ZC', until: w.now() + 86_400_000 })
    w.sessions.delete(at)
    return { person: person(w, at, email), code: 'K7Q2M-XA9TR-D4WJ8-HN5ZC', expires: w.now() + 86_400_000 }
  }
  if (method === 'GET') return { people: [...w.people.keys()].sort().map((at) => person(w, at, email)) }
  if (!id) {
    note(w, email, 'person.invite', '', body.email)
    if (w.people.has(body.email)) throw new Refusal(422, 'person.email', 'somebody has this e-mail already', 'use another address')
    w.people.set(body.email, { id: `u${w.people.size + 10}`, name: body.name, role: body.role, created: w.now() })
    return { status: 201, value: code(body.email) }
  }
  const at = [...w.people.keys()].find((k) => w.people.get(k).id === id)
  if (!at) throw new Refusal(404, 'not_found', 'there is no such thing here', '')
  note(w, email, method === 'POST' ? 'person.code' : 'person.remove', '', at)
  if (method === 'POST') return code(at)
  w.people.delete(at)
  w.sessions.delete(at)
  return null
}

function draftOf(s) {
  const newest = s.revisions.at(-1)
  const base = newest?.text ?? 'version: 1\n\nsite:\n  name: ""\n'
  const text = s.draft?.text ?? base
  const r = read(text)
  return {
    base: newest?.number ?? 0, tag: s.draft?.tag ?? '', text: mask(text), document: r.json, problems: problems(r, text), changes: r.json ? changes(read(base).json, r.json) : [],
    by: s.draft?.by ?? '', at: s.draft?.at ?? 0,
  }
}

/** view is a site's page, with the document its box lives by when somebody changed it on the spot. */
function view(s, now) {
  const v = viewOf(s, now)
  if (s.local) v.local = { name: s.local.name, at: s.local.at, changes: changes(read(s.revisions.at(-1).text).json, read(s.local.text).json) }
  return v
}

function save(w, s, text, by) {
  s.draft = { text, tag: `t${++s.turn}`, by, at: w.now() }
  s.row.draft = true
  tell(w, s.row.id, 'revision')
  return draftOf(s)
}

export function tell(w, site, what) {
  for (const res of w.streams) res.write(`event: change\ndata: ${JSON.stringify({ site, what })}\n\n`)
}

/** walk takes a revision through its states on the box. */
function walk(w, s, r) {
  const step = (ms, state) => setTimeout(() => {
    Object.assign(r, { state, state_at: w.now() })
    s.row.state = state
    if (state === 'confirmed') s.row.in_force = r.number
    tell(w, s.row.id, 'revision')
  }, ms).unref()
  if (s.connected && s.row.serial) {
    step(600, 'fetched')
    step(1_400, 'applied')
    step(3_000, 'confirmed')
  }
}

async function answer(w, req, url, body) {
  const method = req.method
  const [, , what, id, sub, item] = url.pathname.split('/').map(decodeURIComponent)
  const email = [...w.sessions].find((e) => req.headers.cookie?.includes(`autocom_session=${Buffer.from(e).toString('hex')}`))
  if (what === 'setup') {
    if (method === 'GET') return { needed: w.needed }
    const known = w.people.get(body.email)
    if (known?.code && known.code === body.code && known.until > w.now()) {
      Object.assign(known, { password: body.password, code: '', name: body.name || known.name })
      w.sessions.add(body.email)
      note(w, body.email, 'setup', '', known.role)
      return { cookie: body.email, value: session(w, body.email) }
    }
    if ([...w.people.values()].some((p) => p.code && p.code === body.code)) {
      throw new Refusal(422, 'refused', 'this cannot be an administrator yet', '', { problems: [{ path: 'email', sentence: 'this code is for another e-mail address', remedy: 'write the one that was invited' }] })
    }
    if (!w.needed || body.code !== 'PREMIER-CODE') throw new Refusal(403, 'setup.code', 'the code is wrong, or was used', 'read it again in the program’s output')
    w.needed = false
    w.people.set(body.email, { id: 'u1', role: 'owner', created: w.now(), password: body.password, name: body.name })
    w.sessions.add(body.email)
    return { cookie: body.email, value: session(w, body.email) }
  }
  if (what === 'session' && method === 'POST') {
    if (!body.password || w.people.get(body.email)?.password !== body.password) throw new Refusal(401, 'session.refused', 'e-mail and password do not go together', 'try again')
    w.sessions.add(body.email)
    return { cookie: body.email, value: session(w, body.email) }
  }
  if (!email) throw new Refusal(401, 'session.none', 'nobody is signed in', 'sign in')
  if (what === 'session') {
    if (method === 'GET') return session(w, email)
    w.sessions.delete(email)
    return null
  }
  if (what === 'people') return people(w, method, id, email, body)
  if (what === 'journal') {
    const before = Number(url.searchParams.get('before')) || Infinity
    const rest = w.deeds.filter((d) => d.n < before).toReversed()
    const n = Number(url.searchParams.get('limit')) || 50
    return { deeds: rest.slice(0, n), more: rest.length > n }
  }
  if (what !== 'sites') throw new Refusal(404, 'unknown', 'there is no such thing', '')
  if (!id) {
    if (method === 'GET') return { sites: [...w.sites.values()].map((s) => view(s, w.now()).row), now: w.now() }
    const key = `s${w.sites.size + 1}`
    const s = {
      row: { id: key, name: body.name, health: { level: 'new', reasons: [{ code: 'device.none' }] }, seen: 0, behind_ms: 0, trunks_up: 0, trunks: 0, phones_up: 0, phones: 0, calls: 0, newest: 0, in_force: 0, draft: false },
      connected: false, fresh: false, born: w.now(), revisions: [], draft: null, turn: 0, calls: [],
    }
    w.sites.set(key, s)
    tell(w, key, 'device')
    return { status: 201, value: s.row }
  }
  const s = w.sites.get(id)
  if (!s) throw new Refusal(404, 'not_found', 'there is no such site', '')
  const by = w.people.get(email).name
  const fresh = (tag) => {
    if ((s.draft?.tag ?? '') !== tag) throw new Refusal(409, 'stale', 'somebody else changed the draft', 'read it again')
  }
  const text = () => s.draft?.text ?? s.revisions.at(-1)?.text ?? 'version: 1\n\nsite:\n  name: ""\n'
  switch (`${method} ${sub ?? ''}`) {
    case 'GET ': return view(s, w.now())
    case 'POST claim': s.row.claim = w.now() + 3_600_000; return { code: '7KQ4-M2XA-9TRD', expires: s.row.claim, server: 'https://console.verdier.example:8472' }
    case 'DELETE claim': delete s.row.claim; return null
    case 'POST revoke': s.connected = false; s.fresh = false; s.row.health = { level: 'offline', reasons: [{ code: 'device.revoked', since: w.now() }] }; tell(w, id, 'device'); return null
    case 'POST adopt': {
      if (!s.local) throw new Refusal(422, 'refused', 'the box has no document of its own', '')
      if (body.name !== s.local.name) throw new Refusal(409, 'stale', 'somebody else changed it since', 'read it again, then change it')
      fresh(body.tag)
      return save(w, s, s.local.text, by)
    }
    case 'GET calls': {
      if (item) {
        const call = s.calls.find((c) => c.call === item)
        if (!call) throw new Refusal(404, 'not_found', 'there is no such call', '')
        return story(call)
      }
      const before = Number(url.searchParams.get('before')) || Infinity
      const rest = s.calls.filter((c) => c.at < before)
      const n = Number(url.searchParams.get('limit')) || 50
      return { calls: rest.slice(0, n), more: rest.length > n }
    }
    case 'GET queues': return { queues: view(s, w.now()).queues }
    case 'GET draft': return draftOf(s)
    case 'PUT draft': {
      fresh(body.tag)
      const is = unmask(body.text, text())
      const r = read(is)
      if (!r.json) throw new Refusal(422, 'document.unreadable', 'this text is not saved', 'mend what is named, then save again', { problems: problems(r, is) })
      return save(w, s, is, by)
    }
    case 'PATCH draft': fresh(body.tag); return save(w, s, edit(text(), body.edits), by)
    case 'DELETE draft': fresh(url.searchParams.get('tag')); s.draft = null; s.row.draft = false; tell(w, id, 'revision'); return draftOf(s)
    case 'POST publish': {
      fresh(body.tag)
      const d = draftOf(s)
      if (d.problems.length > 0) throw new Refusal(422, 'document.problems', 'the document has problems', 'mend them', { problems: d.problems })
      const r = { number: (s.revisions.at(-1)?.number ?? 0) + 1, published: w.now(), by, reason: body.reason, state: 'published', state_at: w.now(), text: text() }
      s.revisions.push(r)
      if (s.local?.text === r.text) s.local = null
      s.draft = null
      Object.assign(s.row, { draft: false, newest: r.number, state: 'published' })
      walk(w, s, r)
      return { status: 201, value: { ...r, text: undefined } }
    }
    case 'GET revisions': {
      if (!item) return { revisions: s.revisions.map((r) => ({ ...r, text: undefined })).toReversed() }
      const i = s.revisions.findIndex((r) => String(r.number) === item)
      if (i < 0) throw new Refusal(404, 'revision.unknown', 'there is no such revision', '')
      const before = s.revisions[i - 1]
      return { ...s.revisions[i], text: mask(s.revisions[i].text), changes: before ? changes(read(before.text).json, read(s.revisions[i].text).json) : [] }
    }
    default: throw new Refusal(404, 'unknown', 'there is no such thing', '')
  }
}

async function page(url, res) {
  const name = normalize(decodeURIComponent(url.pathname)).replace(/^\/+/, '') || 'index.html'
  try {
    const data = await readFile(join(DIST, name))
    res.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY }).end(data)
  } catch {
    res.writeHead(404).end()
  }
}

/** serve answers for the world that it is given each time. */
export function serve(current, port = 0) {
  const server = createServer(async (req, res) => {
    const w = current()
    const url = new URL(req.url, 'http://mock')
    if (!url.pathname.startsWith('/api/')) return page(url, res)
    if (w.down) return req.socket.destroy()
    if (url.pathname === '/api/live') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      res.write(': here\n\n')
      w.streams.add(res)
      req.on('close', () => w.streams.delete(res))
      return
    }
    try {
      let raw = ''
      for await (const chunk of req) raw += chunk
      const made = await answer(w, req, url, raw ? JSON.parse(raw) : {})
      const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
      if (made?.cookie) headers['Set-Cookie'] = `autocom_session=${Buffer.from(made.cookie).toString('hex')}; HttpOnly; SameSite=Lax; Path=/`
      if (made === null) res.writeHead(204).end()
      else res.writeHead(made.status ?? 200, headers).end(JSON.stringify(made.value ?? made))
    } catch (e) {
      if (!(e instanceof Refusal)) console.error(e)
      res.writeHead(e.status ?? 500, { 'Content-Type': 'application/json' }).end(JSON.stringify(e.body ?? { code: 'internal', sentence: String(e) }))
    }
  })
  return new Promise((up) => server.listen(port, '127.0.0.1', () => up(server)))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const w = world({ needed: process.argv.includes('--setup'), empty: process.argv.includes('--empty') })
  await serve(() => w, 8471)
  console.log('http://127.0.0.1:8471   solene@verdier.example / une phrase assez longue   (--setup: nobody yet, code PREMIER-CODE)')
}
