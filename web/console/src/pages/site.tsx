import { useEffect, useRef } from 'react'
import { CircleSlash, CloudOff, KeyRound, Link2, RouterIcon, SquarePen, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { api, Refused } from '../api/client'
import { useLoad } from '../api/load'
import type { Session, SiteView } from '../api/types'
import { go, href, SITE_TABS, type SiteTab } from '../route'
import { onKey } from '../shell/shortcut'
import { Ago, Button, Empty, HealthChip, Icon, Loading, reasonWords, Trouble } from '../ui/parts'
import { useNow, useWords, type Key } from '../words'
import { Confirm } from '../ui/sheet'
import { AddBox } from './addbox'
import { LocalCard } from './local'
import { Overview } from './overview'
import { CallsPage } from './calls'
import { SettingsPage } from './settings'
import { RevisionsPage } from './revisions'

/** SitePage is one site: its state above, and below what one came for. */
export function SitePage({ site, tab, item, session }: { site: string; tab: SiteTab; item: string; session: Session }) {
  const w = useWords()
  const { data, error, at, reload } = useLoad(`site:${site}`, () => api.site(site), { site, what: ['status', 'facts', 'revision', 'device'], pollMS: 10_000 })
  const [asking, setAsking] = useState<'claim' | 'withdraw' | 'revoke'>()
  const now = useNow()
  const box = useRef<HTMLButtonElement>(null)
  // The question was asked from a menu that is gone by then: the cursor goes back to what opened it.
  const asked = useRef(false)
  useEffect(() => {
    if (asked.current && !asking) setTimeout(() => { if (document.activeElement === document.body) box.current?.focus() }, 60)
    asked.current = asking !== undefined
  }, [asking])
  const mayWrite = session.role !== 'auditor'
  useEffect(() => mayWrite ? onKey('p', () => go(href(site, 'settings', 'publish'))) : undefined, [site, mayWrite])

  if (error instanceof Refused && error.status === 404) return <Empty whole title={w.t('site.gone')}><p><a href={href()}>{w.t('unknown.back')}</a></p></Empty>
  if (!data) return error ? <Trouble error={error} retry={reload} /> : <Loading />
  const { row } = data
  const waits = row.claim !== undefined && row.claim > now
  const shutOut = (row.health.reasons ?? []).some((r) => r.code === 'device.revoked')
  const close = () => { setAsking(undefined); reload() }
  return (
    <div className="page">
      <div className="page-head">
        <div className="title"><h1>{row.name}</h1><HealthChip health={row.health} />{row.serial && <span className="note">{w.t('site.serial', { serial: row.serial })}</span>}</div>
        <div className="actions">
          {mayWrite && (
            <MenuTrigger>
              <AriaButton ref={box} className="button"><Icon of={RouterIcon} size={18} />{w.t('box.title')}</AriaButton>
              <Popover className="menu" placement="bottom end">
                <Menu aria-label={w.t('box.title')} onAction={(key) => setAsking(key as 'claim' | 'withdraw' | 'revoke')}>
                  <MenuItem id="claim" className="menu-item"><Icon of={KeyRound} />{w.t(row.serial ? 'site.reclaim' : 'site.claim')}</MenuItem>
                  {waits && <MenuItem id="withdraw" className="menu-item"><Icon of={Undo2} />{w.t('site.withdraw')}</MenuItem>}
                  {row.serial && !shutOut && <MenuItem id="revoke" className="menu-item"><Icon of={CircleSlash} />{w.t('site.revoke')}</MenuItem>}
                </Menu>
              </Popover>
            </MenuTrigger>
          )}
          {mayWrite && tab !== 'settings' && <Button icon={SquarePen} onPress={() => go(href(site, 'settings'))}>{w.t('site.edit')}</Button>}
        </div>
      </div>
      <nav className="tabs only-narrow-rail" aria-label={w.t('site.parts')}>
        {SITE_TABS.map((t) => <a key={t} href={href(site, t)} aria-current={t === tab ? 'page' : undefined}>{w.t(`tab.${t}` as Key)}</a>)}
      </nav>
      {data.local && (tab === 'overview' || tab === 'settings') && <LocalCard site={site} local={data.local} draft={row.draft} mayWrite={mayWrite} />}
      {tab === 'overview' && <><LinkLine view={data} onClaim={mayWrite ? () => setAsking('claim') : undefined} /><Overview view={data} at={at} /></>}
      {tab === 'calls' && <CallsPage site={site} item={item} view={data} />}
      {tab === 'settings' && <SettingsPage site={site} item={item} view={data} mayWrite={mayWrite} />}
      {tab === 'revisions' && <RevisionsPage site={site} item={item} mayWrite={mayWrite} />}
      {asking === 'claim' && <AddBox site={row} onClose={close} />}
      {asking === 'withdraw' && <Confirm title={w.t('withdraw.title', { site: row.name })} yes={w.t('site.withdraw')} act={() => api.withdrawClaim(site)} onClose={close}>
        <p>{w.t('withdraw.means')}</p><p className="note">{w.t(row.serial ? 'withdraw.box' : 'withdraw.nobox')}</p></Confirm>}
      {asking === 'revoke' && <Confirm title={w.t('revoke.title', { site: row.name })} yes={w.t('site.revoke')} act={() => api.revoke(site)} onClose={close}>
        <ul className="means"><li>{w.t('revoke.calls')}</li><li>{w.t('revoke.stops')}</li><li>{w.t('revoke.back')}</li></ul></Confirm>}
    </div>
  )
}

/** LinkLine says in one line whether what is shown is now. */
function LinkLine({ view, onClaim }: { view: SiteView; onClaim?: (() => void) | undefined }) {
  const w = useWords()
  const now = useNow()
  const { row } = view
  if (row.health.level === 'new' || !row.seen) {
    return <div className="link-line"><Icon of={Link2} size={20} /><p><strong>{w.t('link.new')}</strong><span>{row.claim && row.claim > now ? w.t('link.claim', { time: w.moment(row.claim) }) : w.t('link.new.note')}</span></p>{onClaim && !(row.claim && row.claim > now) && <span className="card-action"><Button small icon={KeyRound} onPress={onClaim}>{w.t('site.claim')}</Button></span>}</div>
  }
  if (!view.connected || row.health.level === 'offline') {
    return (
      <div className="link-line edge-quiet"><Icon of={CloudOff} size={20} />
        <p><strong>{w.t('link.offline', { since: w.moment(row.seen), span: w.span(now - row.seen) })}</strong><span>{w.t('link.offline.note', { time: w.moment(row.seen) })}</span></p>
      </div>
    )
  }
  const worst = row.health.reasons?.[0]
  const tone = row.health.level === 'down' ? 'danger' : row.health.level === 'attention' ? 'attention' : 'success'
  return (
    <div className={`link-line edge-${tone}`}><Icon of={Link2} tone={tone} size={20} />
      <p><strong>{worst && tone !== 'success' ? reasonWords(w, worst) : w.t('link.up')}</strong>
        <span>{w.t('link.spoke')} <Ago at={row.seen} />. {row.behind_ms > 30_000 ? w.t('link.behind', { span: w.span(row.behind_ms) }) : w.t('link.todate')} {w.code('clock', view.clock || 'unsynced')}</span></p>
    </div>
  )
}
