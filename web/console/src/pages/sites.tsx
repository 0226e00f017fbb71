import { useEffect, useMemo, useRef, useState } from 'react'
import { Cell, Column, Row, Table, TableBody, TableHeader, SearchField, Input, Label } from 'react-aria-components'
import { FlaskConical, Plus, Search, Server } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { Session, SiteRow } from '../api/types'
import { href } from '../route'
import { onKey } from '../shell/shortcut'
import { Ago, Button, Chip, Empty, HealthCell, Icon, Keycap, LEVELS, levelLook, Loading, Ratio, reasonWords, Trouble } from '../ui/parts'
import { useNow, useWords, type Key } from '../words'
import { AddBox } from './addbox'

type View = 'all' | 'todo' | 'offline'
const VIEWS: readonly View[] = ['all', 'todo', 'offline']

export function inView(view: View, row: SiteRow): boolean {
  const level = row.health.level
  return view === 'all' || (view === 'offline' ? level === 'offline' : level === 'down' || level === 'attention' || level === 'new')
}

export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** byGravity is the order of the list: the worst first, then by name. */
export function byGravity(a: SiteRow, b: SiteRow): number {
  return LEVELS.indexOf(a.health.level) - LEVELS.indexOf(b.health.level) || a.name.localeCompare(b.name)
}

/** ordered keeps the rows where they stood; those that are new come last. */
export function ordered(rows: SiteRow[], order: readonly string[]): SiteRow[] {
  const place = new Map(order.map((id, i) => [id, i]))
  return rows.toSorted((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length) || byGravity(a, b))
}

/** SitesPage is the list of sites, the worst first. Its order stands still until R or another view. */
export function SitesPage({ session }: { session: Session }) {
  const w = useWords()
  const { data, error, reload } = useLoad('sites', api.sites, { what: ['status', 'device', 'revision'], pollMS: 15_000 })
  const [view, setView] = useState<View>('all')
  const [filter, setFilter] = useState('')
  const [adding, setAdding] = useState<SiteRow | true>()
  const [order, setOrder] = useState<string[]>()
  const search = useRef<HTMLInputElement>(null)
  const rows = useMemo(() => data?.sites ?? [], [data])
  const latest = useRef(rows)
  latest.current = rows

  const sort = () => setOrder(latest.current.toSorted(byGravity).map((r) => r.id))
  useEffect(() => {
    if (data && !order) sort()
  }, [data, order])
  useEffect(() => onKey('r', sort), [])
  useEffect(() => onKey('/', () => search.current?.focus()), [])

  const shown = useMemo(() => {
    const wanted = plain(filter.trim())
    return ordered(rows, order ?? []).filter((r) => inView(view, r) && (!wanted || plain(`${r.name} ${r.serial ?? ''} ${w.code('level', r.health.level)}`).includes(wanted)))
  }, [rows, order, view, filter, w])

  const phones = rows.reduce((n, r) => n + r.phones, 0)
  const calls = rows.reduce((n, r) => n + (r.health.level === 'offline' ? 0 : r.calls), 0)
  const mayWrite = session.role !== 'auditor'

  return (
    <div className="page">
      <div className="page-head">
        <div className="title"><h1>{w.t('sites.title')}</h1>
          {data && <span className="note">{w.n('sites.count', rows.length)}, {w.n('sites.phones', phones)}, {w.n('sites.calls', calls)}</span>}
        </div>
        {mayWrite && <Button tone="primary" icon={Plus} onPress={() => setAdding(true)}>{w.t('sites.add')}</Button>}
      </div>
      {error && !data ? <Trouble error={error} retry={reload} /> : !data ? <Loading /> : rows.length === 0 ? (
        <Empty icon={Server} title={w.t('sites.none')}><p>{w.t('sites.none.note')}</p></Empty>
      ) : (
        <>
          <div className="views" role="group" aria-label={w.t('sites.views')}>
            {VIEWS.map((v) => (
              <button key={v} type="button" aria-pressed={view === v} onClick={() => { setView(v); sort() }}>
                {w.t(`view.${v}` as Key)} <span className="count">{rows.filter((r) => inView(v, r)).length}</span>
              </button>
            ))}
          </div>
          <div className="filters">
            <SearchField value={filter} onChange={setFilter} className="search">
              <Label className="hidden">{w.t('sites.filter')}</Label>
              <Icon of={Search} />
              <Input ref={search} className="input" placeholder={w.t('sites.filter')} />
              <Keycap>/</Keycap>
            </SearchField>
            <span className="note">{w.t('sites.order')}</span>
          </div>
          <div className="columns">
            <div className="card table-card">
              <Table aria-label={w.t('sites.title')} className="table sites-table">
                <TableHeader>
                  <Column isRowHeader>{w.t('col.site')}</Column>
                  <Column>{w.t('col.health')}</Column>
                  <Column>{w.t('col.sync')}</Column>
                  <Column>{w.t('col.backlog')}</Column>
                  <Column>{w.t('col.version')}</Column>
                  <Column className="number">{w.t('col.trunks')}</Column>
                  <Column className="number">{w.t('col.phones')}</Column>
                  <Column className="number">{w.t('col.calls')}</Column>
                </TableHeader>
                <TableBody items={shown} dependencies={[w]} renderEmptyState={() => <Empty title={w.t('sites.nomatch')}>
                  <Button small onPress={() => { setFilter(''); setView('all') }}>{w.t('sites.showall')}</Button></Empty>}>
                  {(r) => <SiteLine row={r} />}
                </TableBody>
              </Table>
              <p className="table-foot"><span>{w.t('sites.shown', { shown: shown.length, of: rows.length })}</span>
                <span className="only-wide"><Keycap>↑</Keycap> <Keycap>↓</Keycap> {w.t('keys.move')} <Keycap>⏎</Keycap> {w.t('keys.open')} <Keycap>R</Keycap> {w.t('keys.order')}</span></p>
            </div>
            <Tally rows={rows} />
          </div>
        </>
      )}
      {adding && <AddBox site={adding === true ? undefined : adding} onClose={() => { setAdding(undefined); reload() }} onAdded={reload} />}
    </div>
  )
}

function SiteLine({ row: r }: { row: SiteRow }) {
  const w = useWords()
  const dim = r.health.level === 'offline' || r.health.level === 'new'
  return (
    <Row id={r.id} href={href(r.id)} className={dim ? 'row dim' : 'row'} textValue={r.name}>
      <Cell className="cell-site"><span className="stack"><strong>{r.name}{r.draft && <Chip tone="accent">{w.t('col.draft')}</Chip>}</strong>{r.serial && <small>{r.serial}</small>}</span></Cell>
      <Cell className="cell-health"><HealthCell health={r.health} /></Cell>
      <Cell className="cell-sync"><Ago at={r.seen} never={w.t('never')} /></Cell>
      <Cell className="cell-backlog"><Backlog row={r} /></Cell>
      <Cell className="cell-version"><span className="stack"><span>{r.program || '–'}</span>{r.slot && <small>{r.health.level === 'trial' && <Icon of={FlaskConical} size={12} tone="info" />}{w.t('slot', { slot: r.slot })}</small>}</span></Cell>
      <Cell className="number cell-trunks"><Ratio up={r.trunks_up} of={r.trunks} label={w.t('ratio.trunks', { up: r.trunks_up, of: r.trunks })} /></Cell>
      <Cell className="number cell-phones"><Ratio up={r.phones_up} of={r.phones} label={w.t('ratio.phones', { up: r.phones_up, of: r.phones })} /></Cell>
      <Cell className="number cell-calls"><span className={r.calls > 0 && !dim ? 'figure strong' : 'figure ink-quiet'}>{dim ? '–' : w.number(r.calls)}</span></Cell>
    </Row>
  )
}

function Backlog({ row: r }: { row: SiteRow }) {
  const w = useWords()
  const now = useNow()
  if (!r.seen) return <>–</>
  if (r.health.level === 'offline') return <span className="stack"><strong>{w.span(now - r.seen + r.behind_ms)}</strong><small>{w.t('backlog.estimated')}</small></span>
  return r.behind_ms > 30_000 ? <strong className="ink-attention">{w.span(r.behind_ms)}</strong> : <>{w.t('backlog.none')}</>
}

function Tally({ rows }: { rows: SiteRow[] }) {
  const w = useWords()
  const recent = rows.flatMap((r) => (r.health.reasons ?? []).filter((x) => x.since).map((x) => ({ r, x }))).toSorted((a, b) => (b.x.since ?? 0) - (a.x.since ?? 0)).slice(0, 5)
  return (
    <aside className="side" aria-label={w.t('tally.title')}>
      <section className="card"><header><h2>{w.t('tally.title')}</h2></header>
        <dl className="tally">
          {LEVELS.map((level) => ({ level, count: rows.filter((r) => r.health.level === level).length })).filter((x) => x.count > 0).map(({ level, count }) => (
            <div key={level}><dt><Icon of={levelLook(level).icon} tone={levelLook(level).tone} />{w.code('level', level)}</dt><dd className="figure">{count}</dd></div>
          ))}
        </dl>
      </section>
      {recent.length > 0 && <section className="card"><header><h2>{w.t('tally.recent')}</h2></header>
        <ol className="events">{recent.map(({ r, x }) => <li key={`${r.id}${x.code}`}><time>{w.moment(x.since!)}</time><span><a href={href(r.id)}>{r.name}</a> {reasonWords(w, { code: x.code, ...(x.args ? { args: x.args } : {}) })}</span></li>)}</ol>
      </section>}
    </aside>
  )
}
