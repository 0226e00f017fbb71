import { useEffect } from 'react'
import { CloudOff, KeyRound, Link2, SquarePen } from 'lucide-react'
import { useState } from 'react'
import { api, Refused } from '../api/client'
import { useLoad } from '../api/load'
import type { Session, SiteView } from '../api/types'
import { go, href, SITE_TABS, type SiteTab } from '../route'
import { onKey } from '../shell/shortcut'
import { Ago, Button, Empty, HealthChip, Icon, Loading, reasonWords, Trouble } from '../ui/parts'
import { useNow, useWords, type Key } from '../words'
import { AddBox } from './addbox'
import { Overview } from './overview'
import { CallsPage } from './calls'
import { SettingsPage } from './settings'
import { RevisionsPage } from './revisions'

/** SitePage is one site: its state above, and below what one came for. */
export function SitePage({ site, tab, item, session }: { site: string; tab: SiteTab; item: string; session: Session }) {
  const w = useWords()
  const { data, error, at, reload } = useLoad(`site:${site}`, () => api.site(site), { site, what: ['status', 'facts', 'revision', 'device'], pollMS: 10_000 })
  const [claiming, setClaiming] = useState(false)
  const mayWrite = session.role !== 'auditor'
  useEffect(() => mayWrite ? onKey('p', () => go(href(site, 'settings', 'publish'))) : undefined, [site, mayWrite])

  if (error instanceof Refused && error.status === 404) return <Empty whole title={w.t('site.gone')}><p><a href={href()}>{w.t('unknown.back')}</a></p></Empty>
  if (!data) return error ? <Trouble error={error} retry={reload} /> : <Loading />
  const { row } = data
  return (
    <div className="page">
      <div className="page-head">
        <div className="title"><h1>{row.name}</h1><HealthChip health={row.health} />{row.serial && <span className="note">{w.t('site.serial', { serial: row.serial })}</span>}</div>
        <div className="actions">
          {mayWrite && <Button icon={KeyRound} onPress={() => setClaiming(true)}>{w.t(row.serial ? 'site.reclaim' : 'site.claim')}</Button>}
          {mayWrite && tab !== 'settings' && <Button icon={SquarePen} onPress={() => go(href(site, 'settings'))}>{w.t('site.edit')}</Button>}
        </div>
      </div>
      <nav className="tabs only-narrow-rail" aria-label={w.t('site.parts')}>
        {SITE_TABS.map((t) => <a key={t} href={href(site, t)} aria-current={t === tab ? 'page' : undefined}>{w.t(`tab.${t}` as Key)}</a>)}
      </nav>
      {tab === 'overview' && <><LinkLine view={data} /><Overview view={data} at={at} /></>}
      {tab === 'calls' && <CallsPage site={site} item={item} view={data} />}
      {tab === 'settings' && <SettingsPage site={site} item={item} view={data} mayWrite={mayWrite} />}
      {tab === 'revisions' && <RevisionsPage site={site} item={item} mayWrite={mayWrite} />}
      {claiming && <AddBox site={row} onClose={() => { setClaiming(false); reload() }} />}
    </div>
  )
}

/** LinkLine says in one line whether what is shown is now. */
function LinkLine({ view }: { view: SiteView }) {
  const w = useWords()
  const now = useNow()
  const { row } = view
  if (row.health.level === 'new' || !row.seen) {
    return <div className="link-line"><Icon of={Link2} size={20} /><p><strong>{w.t('link.new')}</strong><span>{row.claim && row.claim > now ? w.t('link.claim', { time: w.moment(row.claim) }) : w.t('link.new.note')}</span></p></div>
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
