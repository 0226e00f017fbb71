import type {
  CallList, CallStory, Claim, Draft, Edit, Failure, Invitation, Journal, Person, PersonCode, QueueView, Revision, Session, SetupRequest, SignInRequest, SiteList, SiteRow, SiteView,
} from './types'
import { clock } from '../time'

/** Refused is an answer above 399, in the API's own words. */
export class Refused extends Error {
  readonly status: number
  readonly failure: Failure
  readonly retryAfter: number
  constructor(status: number, failure: Failure, retryAfter = 0) {
    super(failure.sentence)
    this.status = status
    this.failure = failure
    this.retryAfter = retryAfter
  }
}

/** Unreached says nothing came back: the page's own link, or the server, is away. */
export class Unreached extends Error {}

type Listener = () => void

/** link is the page's own link to the server, as its last request found it. */
export const link = {
  lost: false,
  last: 0, // by the server's clock, when data came last
  listeners: new Set<Listener>(),
  say(lost: boolean) {
    if (!lost) this.last = clock.now()
    if (this.lost === lost && lost) return
    this.lost = lost
    this.listeners.forEach((l) => l())
  },
}

/** onSignedOut is called when an answer says there is no session any more. */
let onSignedOut: Listener = () => {}
export function whenSignedOut(l: Listener) {
  onSignedOut = l
}

const TIMEOUT_MS = 20_000

async function ask<T>(method: string, path: string, body?: unknown, quiet = false): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    link.say(true)
    throw new Unreached()
  }
  if (answer.status === 204) {
    link.say(false)
    return undefined as T
  }
  let value: unknown = null
  try {
    value = await answer.json()
  } catch {
    // Something in between answered (a proxy, a portal): it is not our server.
    if (answer.ok || answer.status >= 500) {
      link.say(true)
      throw new Unreached()
    }
  }
  if (!answer.ok) {
    link.say(false)
    if (answer.status === 401 && !quiet) onSignedOut()
    const f = (value ?? {}) as Partial<Failure>
    throw new Refused(
      answer.status,
      { ...f, code: f.code ?? `http.${answer.status}`, sentence: f.sentence ?? '' },
      Number(answer.headers.get('Retry-After')) || 0,
    )
  }
  const now = (value as { now?: unknown } | null)?.now
  if (typeof now === 'number' && now > 0) clock.set(now)
  link.say(false)
  return value as T
}

const at = (site: string, rest = '') => `/api/sites/${encodeURIComponent(site)}${rest}`

export const api = {
  setupNeeded: () => ask<{ needed: boolean }>('GET', '/api/setup'),
  setUp: (r: SetupRequest) => ask<Session>('POST', '/api/setup', r, true),
  signIn: (r: SignInRequest) => ask<Session>('POST', '/api/session', r, true),
  session: () => ask<Session>('GET', '/api/session', undefined, true),
  signOut: () => ask<void>('DELETE', '/api/session', undefined, true),
  people: () => ask<{ people: Person[] | null }>('GET', '/api/people'),
  invite: (i: Invitation) => ask<PersonCode>('POST', '/api/people', i),
  personCode: (id: string) => ask<PersonCode>('POST', `/api/people/${encodeURIComponent(id)}/code`, {}),
  removePerson: (id: string) => ask<void>('DELETE', `/api/people/${encodeURIComponent(id)}`),
  journal: (before: number, limit: number) => ask<Journal>('GET', `/api/journal?limit=${limit}${before ? `&before=${before}` : ''}`),
  sites: () => ask<SiteList>('GET', '/api/sites'),
  addSite: (name: string) => ask<SiteRow>('POST', '/api/sites', { name }),
  site: (id: string) => ask<SiteView>('GET', at(id)),
  claim: (id: string) => ask<Claim>('POST', at(id, '/claim'), {}),
  withdrawClaim: (id: string) => ask<void>('DELETE', at(id, '/claim')),
  revoke: (id: string) => ask<void>('POST', at(id, '/revoke'), {}),
  calls: (id: string, before: number, limit: number) =>
    ask<CallList>('GET', at(id, `/calls?limit=${limit}${before ? `&before=${before}` : ''}`)),
  call: (id: string, call: string) => ask<CallStory>('GET', at(id, `/calls/${encodeURIComponent(call)}`)),
  queues: (id: string, day: string) => ask<{ queues: QueueView[] | null }>('GET', at(id, `/queues?day=${day}`)),
  draft: (id: string) => ask<Draft>('GET', at(id, '/draft')),
  saveText: (id: string, tag: string, text: string) => ask<Draft>('PUT', at(id, '/draft'), { tag, text }),
  saveEdits: (id: string, tag: string, edits: Edit[]) => ask<Draft>('PATCH', at(id, '/draft'), { tag, edits }),
  dropDraft: (id: string, tag: string) => ask<Draft>('DELETE', at(id, `/draft?tag=${encodeURIComponent(tag)}`)),
  adopt: (id: string, name: string, tag: string) => ask<Draft>('POST', at(id, '/adopt'), { name, tag }),
  publish: (id: string, tag: string, reason: string) => ask<Revision>('POST', at(id, '/publish'), { tag, reason }),
  revisions: (id: string) => ask<{ revisions: Revision[] | null }>('GET', at(id, '/revisions')),
  revision: (id: string, n: number) => ask<Revision>('GET', at(id, `/revisions/${n}`)),
}
