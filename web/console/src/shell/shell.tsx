import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover, Button as AriaButton } from 'react-aria-components'
import { ChevronRight, CircleCheck, History, Keyboard, LayoutDashboard, LogOut, Menu as MenuIcon, PhoneCall, ScrollText, Server, Settings2, SquarePen, Unplug, Users, type LucideIcon } from 'lucide-react'
import type { Session } from '../api/types'
import { useLink, useLoad } from '../api/load'
import { api } from '../api/client'
import { href, placeHref, SITE_TABS, type Route, type SiteTab } from '../route'
import { setLanguage, useWords, type Key } from '../words'
import { Button, Icon } from '../ui/parts'
import { Sheet } from '../ui/sheet'
import { Mark } from './mark'
import { KeyHelp } from './keys'
import { onKey } from './shortcut'

const TAB_ICONS: Record<SiteTab, LucideIcon> = { overview: LayoutDashboard, calls: PhoneCall, settings: Settings2, revisions: History }

/** Shell is what stands around every page: navigation, where one is, and the quiet line with the data's date. */
export function Shell({ session, route, onLeave, children }: { session: Session; route: Route; onLeave: () => void; children: ReactNode }) {
  const w = useWords()
  const [keys, setKeys] = useState(false)
  const [drawer, setDrawer] = useState(false)
  const main = useRef<HTMLElement>(null)
  const { lost, last } = useLink()
  const sites = useLoad('sites', api.sites, { what: ['status', 'device', 'revision'], pollMS: 15_000 })
  const rows = sites.data?.sites ?? []
  const row = route.page === 'site' ? rows.find((r) => r.id === route.site) : undefined
  const siteName = row?.name ?? (route.page === 'site' ? '…' : '')
  const offline = rows.filter((r) => r.health.level === 'offline').length
  const linked = rows.filter((r) => r.health.level !== 'offline' && r.health.level !== 'new').length

  const placed = w.t(route.page === 'people' ? 'people.title' : route.page === 'journal' ? 'journal.title' : route.page === 'unknown' ? 'unknown.title' : 'sites.title')
  const where = route.page === 'site' ? `${siteName}, ${w.t(`tab.${route.tab}` as Key)}` : placed
  useEffect(() => {
    document.title = `${where} · Autocom`
  }, [where])

  const address = route.page === 'site' ? `${route.site}/${route.tab}` : route.page
  const before = useRef(address)
  useEffect(() => {
    setDrawer(false)
    // A reader hears the new page's heading; the first page keeps the browser's own beginning.
    if (before.current !== address) {
      before.current = address
      main.current?.focus({ preventScroll: true })
      main.current?.scrollTo(0, 0)
    }
  }, [address])

  useEffect(() => onKey('?', () => setKeys(true)), [])

  const places = (
    <>
      <p className="nav-group">{w.t('nav.fleet')}</p>
      <ul>
        <li><a href={href()} aria-current={route.page === 'sites' ? 'page' : undefined}><Icon of={Server} size={18} />{w.t('sites.title')}<span className="nav-count">{rows.length || ''}</span></a></li>
      </ul>
      {route.page === 'site' && (
        <>
          <p className="nav-group">{siteName}</p>
          <ul>
            {SITE_TABS.map((tab) => (
              <li key={tab}>
                <a href={href(route.site, tab)} aria-current={route.tab === tab ? 'page' : undefined}><Icon of={TAB_ICONS[tab]} size={18} />{w.t(`tab.${tab}` as Key)}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="nav-group">{w.t('nav.console')}</p>
      <ul>
        <li><a href={placeHref('people')} aria-current={route.page === 'people' ? 'page' : undefined}><Icon of={Users} size={18} />{w.t('people.title')}</a></li>
        <li><a href={placeHref('journal')} aria-current={route.page === 'journal' ? 'page' : undefined}><Icon of={ScrollText} size={18} />{w.t('journal.title')}</a></li>
      </ul>
    </>
  )
  const other = w.language === 'fr' ? 'en' : 'fr'

  return (
    <div className={lost ? 'shell lost' : 'shell'}>
      <a className="skip" href="#main" onClick={(e) => { e.preventDefault(); main.current?.focus() }}>{w.t('skip')}</a>
      <nav className="rail" aria-label={w.t('nav')}>
        <p className="brand"><Mark /> Autocom</p>
        <p className="org"><span className="strong">{session.tenant_name}</span><small>{w.n('sites.count', rows.length)}</small></p>
        {places}
      </nav>
      <header className="top">
        <Button tone="plain" className="square only-narrow" icon={MenuIcon} aria-label={w.t('nav.open')} onPress={() => setDrawer(true)} />
        <nav className="crumbs" aria-label={w.t('crumbs')}>
          <ol>
            {route.page === 'site'
              ? <><li><a href={href()}>{w.t('sites.title')}</a><Icon of={ChevronRight} size={14} /></li>
                <li><a href={href(route.site)}>{siteName}</a><Icon of={ChevronRight} size={14} /></li>
                <li aria-current="page">{w.t(`tab.${route.tab}` as Key)}</li></>
              : <li aria-current="page">{placed}</li>}
          </ol>
        </nav>
        {route.page === 'site' && <DraftPill site={route.site} />}
        <Button tone="plain" small className="square" onPress={() => setLanguage(other)}>{other.toUpperCase()}<span className="hidden">, {w.t('language.switch')}</span></Button>
        <Button tone="plain" className="square only-wide" icon={Keyboard} aria-label={w.t('keys.title')} onPress={() => setKeys(true)} />
        <MenuTrigger>
          <AriaButton className="avatar">{initials(session.name || session.user)}<span className="hidden">, {w.t('account', { name: session.name || session.user })}</span></AriaButton>
          <Popover className="menu" placement="bottom end">
            <p className="menu-head"><span className="strong">{session.name}</span><small>{session.user}</small><small>{w.code('role', session.role)}</small></p>
            <Menu aria-label={w.t('account', { name: session.name })} onAction={onLeave}>
              <MenuItem id="out" className="menu-item"><Icon of={LogOut} />{w.t('signout')}</MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      </header>
      <main id="main" ref={main} tabIndex={-1}>{children}</main>
      <footer className="foot" aria-label={w.t('foot')}>
        {lost
          ? <span role="status"><Icon of={Unplug} tone="attention" /> {last ? w.t('foot.lost', { time: w.time(last, true) }) : w.t('foot.lost.never')}</span>
          : <span><Icon of={CircleCheck} /> {last ? w.t('foot.data', { time: w.time(last, true) }) : ''}</span>}
        {!lost && rows.length > 0 && <span className="foot-fleet">{[w.n('foot.linked', linked), offline ? w.n('foot.offline', offline) : ''].filter(Boolean).join(', ')}</span>}
        <span className="foot-hint only-wide">{route.page === 'sites' ? w.t('foot.order') : w.t('foot.keys')}</span>
      </footer>
      <KeyHelp open={keys} onClose={() => setKeys(false)} />
      <Sheet shape="left" title={session.tenant_name} open={drawer} onClose={() => setDrawer(false)}><nav aria-label={w.t('nav')}>{places}</nav></Sheet>
    </div>
  )
}

/** DraftPill says how much waits to be published. */
function DraftPill({ site }: { site: string }) {
  const w = useWords()
  const draft = useLoad(`draft:${site}`, () => api.draft(site), { site, what: ['revision'] })
  const count = draft.data?.changes?.length ?? 0
  if (!draft.data?.tag || count === 0) return null
  return <a className="pill" href={href(site, 'settings')}><Icon of={SquarePen} />{w.n('draft.changes', count)}</a>
}

function initials(name: string): string {
  return name.split(/[\s.@_-]+/).filter(Boolean).slice(0, 2).map((p) => p[0]!.toUpperCase()).join('')
}
