import { useState } from 'react'
import { CircleCheck, CircleDot, CircleX, TriangleAlert } from 'lucide-react'
import type { AgentView, QueueView, SiteView } from '../api/types'
import { Button, Card, Chip, Empty, Icon, Meter, reasonWords, Sparkline } from '../ui/parts'
import { duration } from '../time'
import { useNow, useWords } from '../words'

/**
 * serviceLevel is the box's service_level_offered: answered within T of all that could be, which are received, less those that came while closed, left at
 * once (short abandons) or are still under way. Undefined without any.
 */
export function serviceLevel(q: QueueView): number | undefined {
  const of = q.today.received - q.today.closed - q.today.short - q.today.in_progress
  return of > 0 ? q.today.within / of : undefined
}

/** Overview is the site now, and its queues today. */
export function Overview({ view, at }: { view: SiteView; at: number }) {
  const w = useWords()
  const { row, machine } = view
  const live = view.connected && row.health.level !== 'offline'
  const queues = view.queues ?? []
  const agents = view.agents ?? []
  const trunks = view.trunks ?? []
  const phones = view.phones ?? []
  const waiting = queues.reduce((n, q) => n + q.waiting, 0)
  const longest = Math.max(0, ...queues.map((q) => (q.waiting ? q.longest_ms : 0)))
  const free = agents.filter((a) => a.state === 'free').length
  const inside = agents.filter((a) => a.state !== 'out').length
  const busy = agents.filter((a) => a.state === 'busy').length
  const pause = agents.filter((a) => a.state === 'pause').length
  const silent = phones.filter((p) => !p.up)
  const alarms = view.alarms ?? []
  const reasons = row.health.level === 'new' ? [] : (row.health.reasons ?? [])
  const story = view.story ?? []

  return (
    <>
      <dl className={live ? 'figures' : 'figures dim'}>
        <div><dt>{w.t('figure.calls')}</dt><dd>{live ? w.number(row.calls) : '–'}</dd><dd className="note">{live ? w.n('figure.talking', queues.reduce((n, q) => n + q.talking, 0)) : w.t('figure.unknown')}</dd></div>
        <div><dt>{w.t('figure.waiting')}</dt><dd>{live ? w.number(waiting) : '–'}</dd>
          <dd className="note">{live && waiting > 0 ? <>{w.t('figure.longest')} <Ticking ms={longest} at={at} /></> : w.t(live ? 'figure.nobody' : 'figure.unknown')}</dd></div>
        <div><dt>{w.t('figure.agents')}</dt><dd>{live ? w.number(free) : '–'} <small>{w.t('of', { of: inside })}</small></dd><dd className="note">{w.t('figure.busy', { busy, pause })}</dd></div>
        <div><dt>{w.t('figure.phones')}</dt><dd>{w.number(row.phones_up)} <small>{w.t('of', { of: row.phones })}</small></dd>
          <dd className={silent.length ? 'note ink-attention' : 'note'}>{silent.length ? w.n('figure.silent', silent.length, { number: silent[0]!.number }) : w.t(row.phones ? 'figure.allphones' : 'figure.nophones')}</dd></div>
        <div><dt>{w.t('figure.trunks')}</dt><dd>{w.number(row.trunks_up)} <small>{w.t('of', { of: row.trunks })}</small></dd>
          <dd className={row.trunks_up < row.trunks ? 'note ink-attention' : 'note'}>{w.t('figure.channels', { used: trunks.reduce((n, t) => n + t.in_use, 0), of: trunks.reduce((n, t) => n + (t.up ? t.channels : 0), 0) })}</dd></div>
      </dl>
      <div className="columns">
        <div className="column">
          <Queues queues={queues} live={live} at={at} />
          <Card title={w.t('trunks.title')}>
            {trunks.length === 0 ? <Empty title={w.t('trunks.none')} /> : (
              <table className="table plain"><thead><tr><th scope="col">{w.t('trunks.line')}</th><th scope="col">{w.t('col.health')}</th><th scope="col" className="number">{w.t('trunks.channels')}</th></tr></thead>
                <tbody>{trunks.toSorted((a, b) => Number(a.up) - Number(b.up)).map((t) => (
                  <tr key={t.name} className={live ? '' : 'dim'}><th scope="row">{t.name}</th>
                    <td><State up={t.up} yes={w.t('trunks.up')} no={w.t('trunks.down')} /></td>
                    <td className="number figure">{t.in_use} / {t.channels}</td></tr>
                ))}</tbody></table>
            )}
          </Card>
          <Phones phones={phones} />
          <Agents agents={agents} at={at} />
        </div>
        <aside className="side" aria-label={w.t('site.beside')}>
          {(alarms.length > 0 || reasons.length > 0) && (
            <Card title={w.t('alarms.title')} action={<Chip tone={row.health.level === 'down' ? 'danger' : 'attention'} icon={TriangleAlert}>{alarms.length + reasons.length}</Chip>}>
              <ul className="events icons">
                {reasons.map((r, i) => <li key={`r${i}`}><Icon of={r.code === 'trunk.down' ? CircleX : TriangleAlert} tone={r.code === 'trunk.down' ? 'danger' : 'attention'} /><span>{reasonWords(w, r)}</span></li>)}
                {alarms.map((a, i) => <li key={`a${i}`}><Icon of={TriangleAlert} tone="attention" /><span lang="">{a}</span></li>)}
              </ul>
            </Card>
          )}
          <Card title={w.t('box.title')} note={machine.uptime_ms > 0 ? w.t('box.up', { span: w.span(machine.uptime_ms) }) : undefined}>
            {row.seen === 0 ? <Empty title={w.t('box.none')} /> : (
              <div className="box-body">
                <dl className="pairs">
                  <div><dt>{w.t('box.version')}</dt><dd>{row.program || '–'}</dd></div>
                  <div><dt>{w.t('box.slot')}</dt><dd>{row.slot || '–'}</dd></div>
                  <div><dt>{w.t('box.board')}</dt><dd>{machine.board || '–'}</dd></div>
                  <div><dt>{w.t('box.certificate')}</dt><dd>{view.certificate_expires ? w.date(view.certificate_expires) : '–'}</dd></div>
                </dl>
                {machine.celsius > 0 && <Meter label={w.t('box.heat')} value={machine.celsius / 100} text={`${w.number(Math.round(machine.celsius))} °C`} high={0.75} />}
                <Meter label={w.t('box.disk')} value={machine.disk_used} text={w.percent(machine.disk_used)} high={0.85} />
                <Meter label={w.t('box.load')} value={machine.load} text={w.percent(machine.load)} high={0.85} />
              </div>
            )}
          </Card>
          <Card title={w.t('story.title')}>
            {story.length === 0 ? <Empty title={w.t('story.none')} /> : (
              <ol className="events">{story.slice(0, 12).map((e, i) => <li key={i}><time>{w.moment(e.at)}</time><span>{w.code('event', e.code, e.args)}</span></li>)}</ol>
            )}
          </Card>
        </aside>
      </div>
    </>
  )
}

/** Ticking goes on from what the server said. */
function Ticking({ ms, at }: { ms: number; at: number }) {
  const now = useNow()
  return <span className="figure">{duration(ms + Math.max(0, now - at))}</span>
}

function State({ up, yes, no }: { up: boolean; yes: string; no: string }) {
  return <span className="state"><Icon of={up ? CircleCheck : CircleX} tone={up ? 'success' : 'attention'} /><span className={up ? 'ink-success' : 'ink-attention strong'}>{up ? yes : no}</span></span>
}

const LONG_MS = 60_000

function Queues({ queues, live, at }: { queues: QueueView[]; live: boolean; at: number }) {
  const w = useWords()
  const now = useNow()
  const [twin, setTwin] = useState(false)
  const hour = new Date(now).getHours()
  const top = Math.max(1, ...queues.flatMap((q) => q.today.hours ?? []))
  const head = <><span>{w.t('queues.definition')}</span></>
  return (
    <Card title={w.t('queues.title')} note={head} action={<>{queues.length > 0 && <Button small tone="plain" aria-pressed={twin} onPress={() => setTwin(!twin)}>{w.t(twin ? 'queues.curves' : 'queues.table')}</Button>}{live ? <Chip tone="success" icon={CircleDot}>{w.t('live')}</Chip> : <Chip>{w.t('notlive')}</Chip>}</>}>
      {queues.length === 0 ? <Empty title={w.t('queues.none')} /> : twin ? <Hours queues={queues} /> : (
        <table className="table plain queues-table">
          <thead><tr>
            <th scope="col">{w.t('queues.queue')}</th><th scope="col" className="number">{w.t('queues.waiting')}</th><th scope="col">{w.t('queues.longest')}</th>
            <th scope="col" className="number">{w.t('queues.level')}</th><th scope="col" className="number">{w.t('queues.free')}</th><th scope="col" className="number">{w.t('queues.received')}</th><th scope="col">{w.t('queues.hours')}</th>
          </tr></thead>
          <tbody>{queues.map((q) => {
            const level = serviceLevel(q)
            const hours = q.today.hours ?? []
            const ms = q.longest_ms + Math.max(0, now - at)
            return (
              <tr key={q.id} className={live ? '' : 'dim'}>
                <th scope="row">{q.name || q.id}</th>
                <td className="number" data-label={w.t('queues.waiting')}><span className={q.waiting ? 'figure big strong' : 'figure big'}>{live ? q.waiting : '–'}</span></td>
                <td data-label={w.t('queues.longest')}>{live && q.waiting > 0
                  ? <span className="threshold"><span className={ms > LONG_MS ? 'figure strong ink-danger' : ms > LONG_MS / 2 ? 'figure strong ink-attention' : 'figure'}>{duration(ms)}</span>
                    <svg viewBox="0 0 100 6" preserveAspectRatio="none" className={ms > LONG_MS ? 'meter over' : ms > LONG_MS / 2 ? 'meter near' : 'meter'} aria-hidden="true"><rect className="meter-ground" width="100" height="6" rx="3" /><rect className="meter-fill" width={Math.min(100, (ms / LONG_MS) * 100)} height="6" rx="3" /></svg></span>
                  : '–'}</td>
                <td className="number figure" data-label={w.t('queues.level')}>{level === undefined ? '–' : w.t('queues.within', { level: w.percent(level), t: w.number(q.today.goal_ms / 1000) })}</td>
                <td className="number figure" data-label={w.t('queues.free')}>{live ? `${q.free} / ${q.agents}` : '–'}</td>
                <td className="number figure" data-label={w.t('queues.received')}>{w.number(q.today.received)}</td>
                <td data-label={w.t('queues.hours')}>{hours.length ? <Sparkline values={hours} top={top} until={Math.min(hour, hours.length - 1)} label={w.t('queues.curve', { name: q.name, n: q.today.received, top: Math.max(...hours), hour: hours.indexOf(Math.max(...hours)) })} /> : '–'}</td>
              </tr>
            )
          })}</tbody>
        </table>
      )}
    </Card>
  )
}

/** Hours is the curves as a table, and what became of everybody. */
function Hours({ queues }: { queues: QueueView[] }) {
  const w = useWords()
  const used = Array.from({ length: 24 }, (_, h) => h).filter((h) => queues.some((q) => (q.today.hours ?? [])[h]))
  const fates = ['received', 'answered', 'within', 'abandoned', 'cancelled', 'short', 'full', 'closed', 'nobody_fit', 'waited_too_long', 'exited', 'moved', 'failed', 'in_progress'] as const
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={w.t('queues.table')}>
      <table className="table plain dense"><thead><tr><th scope="col">{w.t('queues.queue')}</th>{fates.map((f) => <th key={f} scope="col" className="number">{w.code('fate', f)}</th>)}{used.map((h) => <th key={h} scope="col" className="number">{w.t('hour', { h })}</th>)}</tr></thead>
        <tbody>{queues.map((q) => <tr key={q.id}><th scope="row">{q.name}</th>{fates.map((f) => <td key={f} className="number figure">{w.number(q.today[f])}</td>)}{used.map((h) => <td key={h} className="number figure">{(q.today.hours ?? [])[h] ?? 0}</td>)}</tr>)}</tbody></table>
    </div>
  )
}

const FEW = 6

function Phones({ phones }: { phones: SiteView['phones'] }) {
  const w = useWords()
  const [all, setAll] = useState(false)
  const sorted = (phones ?? []).toSorted((a, b) => Number(a.up) - Number(b.up) || a.number.localeCompare(b.number))
  const silent = sorted.filter((p) => !p.up).length
  const shown = all ? sorted : sorted.slice(0, Math.max(silent, FEW))
  return (
    <Card title={w.t('phones.title')} note={w.t('phones.count', { up: sorted.length - silent, of: sorted.length })}
      action={sorted.length > shown.length || all ? <Button small tone="plain" onPress={() => setAll(!all)}>{w.t(all ? 'phones.fewer' : 'phones.all')}</Button> : undefined}>
      {sorted.length === 0 ? <Empty title={w.t('phones.none')} /> : (
        <ul className="phones">{shown.map((p) => <li key={p.number}><span className="figure strong">{p.number}</span><span>{p.name}</span><State up={p.up} yes={w.t('phones.up')} no={w.t('phones.silent')} /></li>)}</ul>
      )}
    </Card>
  )
}

function Agents({ agents, at }: { agents: AgentView[]; at: number }) {
  const w = useWords()
  if (agents.length === 0) return null
  const rank = ['busy', 'free', 'pause', 'out']
  return (
    <Card title={w.t('agents.title')}>
      <ul className="phones">{agents.toSorted((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state) || a.name.localeCompare(b.name)).map((a) => (
        <li key={a.id}><span className="strong">{a.name || a.id}</span><span className="agent-state"><i className={`lamp lamp-${a.state}`} aria-hidden="true" />{w.code('agent', a.state)}</span><span>{a.state !== 'out' && <Ticking ms={a.since_ms} at={at} />}</span></li>
      ))}</ul>
    </Card>
  )
}
