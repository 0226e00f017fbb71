import { useSyncExternalStore } from 'react'

// The page finds its way by the address's fragment: any plain file server can serve it.

export type SiteTab = 'overview' | 'calls' | 'settings' | 'revisions'
export const SITE_TABS: readonly SiteTab[] = ['overview', 'calls', 'settings', 'revisions']

/** Place is a page of the console that is of no site; setup is where a one-time code is used. */
export type Place = 'people' | 'journal' | 'setup'
const PLACES: readonly Place[] = ['people', 'journal', 'setup']

export type Route =
  | { page: 'sites' }
  | { page: Place }
  | { page: 'site'; site: string; tab: SiteTab; item: string }
  | { page: 'unknown' }

/** parse reads a fragment: "#/sites/s1/calls/c9". */
export function parse(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, '').split('/').filter(Boolean).map(plain)
  if (parts.length === 0) return { page: 'sites' }
  if (parts.length === 1 && PLACES.includes(parts[0] as Place)) return { page: parts[0] as Place }
  if (parts[0] !== 'sites' || parts.length > 4) return { page: 'unknown' }
  const site = parts[1]
  if (site === undefined) return { page: 'sites' }
  const tab = (parts[2] ?? 'overview') as SiteTab
  if (!SITE_TABS.includes(tab)) return { page: 'unknown' }
  return { page: 'site', site, tab, item: parts[3] ?? '' }
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** href writes the fragment of a site's page. */
export function href(site?: string, tab: SiteTab = 'overview', item = ''): string {
  if (!site) return '#/sites'
  const rest = item ? `/${tab}/${encodeURIComponent(item)}` : tab === 'overview' ? '' : `/${tab}`
  return `#/sites/${encodeURIComponent(site)}${rest}`
}

/** placeHref writes the fragment of a page that is of no site. */
export function placeHref(place: Place): string {
  return `#/${place}`
}

export function go(to: string) {
  window.location.hash = to
}

function subscribe(changed: () => void) {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => window.location.hash))
}
