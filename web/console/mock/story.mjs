// An invented firm on one Tuesday morning: Maison Verdier and its branches, as in the design's pictures.
import { YAMLMap, parseDocument } from 'yaml'

export const MASK = '••••••••'
const MIN = 60_000
const HOUR = 60 * MIN

const trunk = (name, presented) => `  - name: ${name}
    address: sip.operateur.example:5060
    sources: [198.51.100.10]
    channels: 8
    presented: "${presented}"
    username: verdier
    password: "Wq7r2Lx9Tn4k8Bv1"
`
const NAMES = ['Solène Lacaze', 'Karim Benali', 'Ana Martin', 'Ben Durand', 'Chloé Petit', 'Hugo Roux', 'Inès Fabre', 'Léo Garnier', 'Maud Perrin', 'Nils Colin', 'Zoé Blanc']
const slug = (s) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(' ')[0]

function text(name, phones) {
  const agents = NAMES.slice(0, Math.min(11, phones))
  return `# Maison Verdier, ${name}
version: 1

site:
  name: ${name}
  timezone: Europe/Paris
  language: fr

network:
  sip: 0.0.0.0:5060
  phones: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]

numbers:
  outside: "0"   # le 0 pour sortir

emergency:
  trunk: principale
  presented: "+33199003100"

trunks:
${trunk('principale', '+33199003100')}${trunk('secours', '+33199003150')}
extensions:
${Array.from({ length: Math.min(phones, 12) }, (_, i) => `  - number: "${201 + i}"\n    name: ${NAMES[i] ?? `Poste ${201 + i}`}\n    secret: "Tn4k8Bv1Wq7r2Lx${i}"\n`).join('')}  - number: "214"
    name: Accueil atelier
    secret: "Lx9Tn4k8Bv1Wq7r2"

queues:
  - id: rouge
    name: Rouge, commandes
    ring: 20s
    max_wait: 3m
    overflow: bleue
  - id: bleue
    name: Bleue, après-vente
    ring: 20s
  - id: verte
    name: Verte, devis
    ring: 25s

agents:
${agents.map((a, i) => `  - id: ${slug(a)}\n    name: ${a}\n    extension: "${201 + i}"\n    queues: [${['rouge, bleue', 'rouge', 'bleue', 'verte'][i % 4]}]\n`).join('')}
services:
  - number: "+33199003100"
    name: Numéro de l’agence
    welcome: welcome
    queue: rouge
`
}

const SITES = [
  ['brest', 'Brest', 'down', 0, 2, 18, 18, 0, '4.2.1', 'A', 9_000, 0, [{ code: 'trunk.down', args: { trunks: 'principale, secours' }, ago: 11 * MIN }]],
  ['toulouse', 'Toulouse, agence Saint-Cyprien', 'attention', 1, 2, 31, 32, 6, '4.2.1', 'A', 14_000, 105 * MIN, [{ code: 'trunk.down', args: { trunks: 'principale' }, ago: 105 * MIN }, { code: 'phones.silent', args: { silent: '1', phones: '32' }, ago: 54 * MIN }]],
  ['nancy', 'Nancy', 'attention', 2, 2, 22, 22, 3, '4.2.1', 'B', 6_000, 0, [{ code: 'document.reverted', args: { revision: '127' }, ago: 18 * MIN }]],
  ['lehavre', 'Le Havre', 'attention', 2, 2, 20, 24, 2, '4.2.1', 'A', 11_000, 0, [{ code: 'phones.silent', args: { silent: '4', phones: '24' }, ago: 72 * MIN }]],
  ['ajaccio', 'Ajaccio', 'offline', 2, 2, 12, 12, 0, '4.2.1', 'A', 204 * MIN, 0, [{ code: 'link.lost', ago: 204 * MIN }]],
  ['gap', 'Gap', 'offline', 1, 1, 9, 9, 0, '4.1.7', 'B', 36 * HOUR, 0, [{ code: 'link.lost', ago: 36 * HOUR }]],
  ['lille', 'Lille', 'trial', 2, 2, 41, 41, 9, '4.3.0', 'B', 4_000, 0, [{ code: 'document.trial', args: { revision: '128' }, ago: 12 * MIN }]],
  ['angers', 'Angers', 'good', 2, 2, 19, 19, 2, '4.2.1', 'A', 8_000, 0, []],
  ['annecy', 'Annecy', 'good', 2, 2, 16, 16, 0, '4.2.1', 'A', 15_000, 0, []],
  ['bordeaux', 'Bordeaux', 'good', 2, 2, 38, 38, 11, '4.2.1', 'B', 3_000, 0, []],
  ['clermont', 'Clermont-Ferrand', 'good', 2, 2, 21, 21, 4, '4.2.1', 'A', 10_000, 0, []],
  ['lyon', 'Lyon Confluence', 'good', 4, 4, 96, 96, 37, '4.2.1', 'A', 5_000, 0, []],
  ['marseille', 'Marseille', 'good', 2, 2, 33, 33, 8, '4.2.1', 'B', 7_000, 0, []],
]

const zero = { received: 0, answered: 0, within: 0, goal_ms: 20_000, short: 0, abandoned: 0, cancelled: 0, full: 0, closed: 0, nobody_fit: 0, waited_too_long: 0, exited: 0, moved: 0, failed: 0, in_progress: 0, wait_ms: 0, talk_ms: 0, hours: Array(24).fill(0) }
const figures = (received, within, abandoned, cancelled, inProgress, per) => {
  const hours = Array(24).fill(0)
  per.forEach((n, i) => { hours[8 + i] = n })
  return { ...zero, received, answered: received - abandoned - cancelled - inProgress, within, abandoned, cancelled, in_progress: inProgress, wait_ms: 14_000, talk_ms: 178_000, hours }
}

/** sites makes the firm as it is at a moment. */
export function sites(now) {
  const made = new Map()
  for (const [id, name, level, up, trunks, phonesUp, phones, calls, program, slot, ago, behind, reasons] of SITES) {
    const t = text(name, phones)
    made.set(id, {
      row: {
        id, name, serial: `AC2-7F3K-0${(190 + made.size).toString()}`, health: { level, reasons: reasons.map(({ ago: a, ...r }) => ({ ...r, since: now - a })) }, seen: now - ago, behind_ms: behind,
        program, slot, trunks_up: up, trunks, phones_up: phonesUp, phones, calls, newest: 127, in_force: level === 'attention' && id === 'nancy' ? 126 : 127, state: id === 'nancy' ? 'reverted' : 'confirmed', draft: false,
      },
      connected: level !== 'offline', fresh: level !== 'offline', born: now - ago,
      revisions: revisions(now, t, id), draft: null, turn: 0,
      calls: level === 'offline' || id === 'toulouse' || calls ? callList(now, id) : [],
    })
  }
  // Somebody changed this one on the spot.
  const havre = made.get('lehavre')
  havre.local = { name: 'd41d8c', at: now - 40 * MIN, text: havre.revisions.at(-1).text.replace('max_wait: 3m', 'max_wait: 9m').replace('Verte, devis', 'Verte, devis et chantiers') }
  return made
}

function revisions(now, t, id) {
  const older = t.replace('max_wait: 3m', 'max_wait: 2m')
  const list = [
    { number: 126, published: now - 20 * HOUR, by: 'Karim Benali', reason: 'Nouveaux postes à l’atelier', state: 'confirmed', state_at: now - 20 * HOUR + 90_000, text: older },
    { number: 127, published: now - 28 * MIN, by: 'Solène Lacaze', reason: 'Trois minutes d’attente pour les commandes', state: 'confirmed', state_at: now - 26 * MIN, text: t },
  ]
  if (id === 'nancy') Object.assign(list[1], { state: 'reverted', state_at: now - 18 * MIN, why: 'After 10 min, trunk principale was not registered again (last answer: 403 Forbidden).', returned: 126 })
  return list
}

function callList(now, id) {
  const kinds = [['inbound', 'answered', 'rouge'], ['inbound', 'answered', 'bleue'], ['outbound', 'answered', ''], ['inbound', 'abandoned', 'rouge'], ['inbound', 'answered', 'verte'], ['internal', 'answered', ''], ['inbound', 'cancelled', 'rouge'], ['inbound', 'answered', 'rouge'], ['inbound', 'failed', '']]
  return Array.from({ length: 130 }, (_, i) => {
    const [flow, outcome, queue] = kinds[(i * 5 + id.length) % kinds.length]
    const up = i < 2
    const wait = flow === 'inbound' ? ((i * 7_919) % 95_000) + 2_000 : 0
    const talk = outcome === 'answered' ? ((i * 48_611) % 600_000) + 20_000 : 0
    return {
      call: `c${1000 - i}`, at: now - i * 4 * MIN - 25_000, flow, dialled: flow === 'inbound' ? '+33199003100' : flow === 'internal' ? '205' : '', withheld: i % 11 === 3,
      queue, agent: outcome === 'answered' ? slug(NAMES[i % 11]) : '', outcome: up ? '' : outcome, stage: outcome === 'abandoned' ? 'queue' : '',
      wait_ms: wait, talk_ms: talk, total_ms: wait + talk + 4_000, hung_up_by: i % 2 ? 'caller' : 'agent',
    }
  })
}

export function story(call) {
  const steps = [{ ms: 0, code: 'call.opened', args: { flow: call.flow, trunk: call.flow === 'inbound' ? 'secours' : '', dialled: call.dialled } }]
  if (call.flow === 'inbound') {
    steps.push({ ms: 40, code: 'call.routed', args: { to: 'service', target: 'Numéro de l’agence' } }, { ms: 200, code: 'announcement.started', args: { sound: 'welcome' } })
    if (call.queue) {
      steps.push({ ms: 4_100, code: 'visit.entered', args: { queue: call.queue, position: '2' } }, { ms: 9_000, code: 'offer.made', args: { agent: 'karim', extension: '202' } },
        { ms: 29_000, code: 'offer.ended', args: { agent: 'karim', outcome: 'not_answered', ring_ms: '20000' } })
      if (call.outcome === 'answered') steps.push({ ms: 31_000, code: 'offer.made', args: { agent: call.agent, extension: '203' } }, { ms: 36_000, code: 'bridge.joined', args: {} })
      if (call.outcome) steps.push({ ms: 36_100, code: 'visit.ended', args: { queue: call.queue, outcome: call.outcome, wait_ms: String(call.wait_ms) } })
    }
  } else steps.push({ ms: 60, code: 'leg.ringing' }, { ms: 6_000, code: 'bridge.joined' })
  if (call.outcome) steps.push({ ms: call.total_ms, code: 'call.ended', args: { outcome: call.outcome, hung_up_by: call.hung_up_by } })
  return { row: call, steps }
}

/** view is a site's page. */
export function view(s, now) {
  const { row } = s
  const isNew = row.health.level === 'new'
  const names = ['principale', 'secours', 'mobile', 'renfort']
  const hot = row.id === 'toulouse'
  return {
    row: { ...row, seen: s.fresh ? now - ((now - s.born) % 20_000) : row.seen }, connected: s.connected && !isNew, clock: isNew ? '' : 'ntp',
    trunks: isNew ? [] : names.slice(0, row.trunks).map((name, i) => ({ name, up: row.trunks - i <= row.trunks_up, channels: 8, in_use: row.trunks - i <= row.trunks_up && i === row.trunks - 1 ? Math.min(8, row.calls) : 0 })),
    phones: isNew ? [] : Array.from({ length: row.phones }, (_, i) => ({ number: String(i === 0 ? 214 : i > 13 ? 201 + i : 200 + i), name: i === 0 ? 'Accueil atelier' : (NAMES[i - 1] ?? `Atelier ${i}`), up: i >= row.phones - row.phones_up })),
    queues: isNew ? [] : [
      { id: 'rouge', name: 'Rouge, commandes', waiting: hot ? 2 : 0, longest_ms: hot ? 21_000 + ((now - s.born) % 60_000) : 0, talking: 3, free: 0, agents: 5, today: figures(112, 88, 5, 2, 2, [31, 38, 43]) },
      { id: 'bleue', name: 'Bleue, après-vente', waiting: 0, longest_ms: 0, talking: 1, free: 2, agents: 4, today: figures(54, 49, 1, 0, 0, [16, 20, 18]) },
      { id: 'verte', name: 'Verte, devis', waiting: 0, longest_ms: 0, talking: 0, free: 2, agents: 2, today: figures(27, 26, 0, 0, 0, [8, 10, 9]) },
    ],
    agents: isNew ? [] : NAMES.map((name, i) => ({ id: slug(name), name, state: i < 3 ? 'busy' : i < 7 ? 'free' : i < 11 ? 'pause' : 'out', since_ms: 61_000 * (i + 1) })),
    machine: isNew ? { board: '', uptime_ms: 0, celsius: 0, disk_used: 0, load: 0 } : { board: 'x86-64', uptime_ms: 41 * 24 * HOUR, celsius: 47, disk_used: 0.63, load: 0.11 },
    alarms: [], certificate_expires: isNew ? 0 : now + 300 * 24 * HOUR,
    story: isNew ? [] : [
      ...s.revisions.map((r) => ({ at: r.state_at, code: `revision.${r.state}`, args: { revision: String(r.number), why: r.why ?? '' } })),
      { at: now - 54 * MIN, code: 'phone.reachable', args: { extension: '214', reachable: 'false' } },
      { at: now - 105 * MIN, code: 'trunk.reachable', args: { trunk: 'principale', reachable: 'false', reason: 'pas de réponse' } },
      { at: now - 26 * HOUR, code: 'link.changed', args: { up: 'true' } },
      { at: now - 41 * 24 * HOUR, code: 'box.started', args: { program: row.program } },
    ].toSorted((a, b) => b.at - a.at),
  }
}

export { parseDocument, YAMLMap }
