import { useEffect, useState } from 'react'
import { Cell, Column, Row, Table, TableBody, TableHeader } from 'react-aria-components'
import { ArrowDownLeft, ArrowLeftRight, ArrowUpRight, CircleCheck, CircleDashed, CircleSlash, CircleX, DoorClosed, PhoneMissed, PhoneCall, RefreshCw, Voicemail, type LucideIcon } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { CallRow, SiteView } from '../api/types'
import { go, href } from '../route'
import { duration } from '../time'
import { Button, Empty, Icon, Loading, Trouble, type Tone } from '../ui/parts'
import { Sheet } from '../ui/sheet'
import { useWords, type Words } from '../words'

const PAGE = 50

const OUTCOMES: Record<string, { icon: LucideIcon; tone: Tone }> = {
  '': { icon: PhoneCall, tone: 'info' },
  answered: { icon: CircleCheck, tone: 'success' },
  abandoned: { icon: PhoneMissed, tone: 'danger' },
  cancelled: { icon: CircleSlash, tone: 'attention' },
  closed: { icon: DoorClosed, tone: 'quiet' },
  deterred: { icon: CircleSlash, tone: 'attention' },
  voicemail: { icon: Voicemail, tone: 'quiet' },
  callback_requested: { icon: RefreshCw, tone: 'info' },
  self_served: { icon: CircleCheck, tone: 'quiet' },
  forwarded: { icon: ArrowUpRight, tone: 'quiet' },
  failed: { icon: CircleX, tone: 'danger' },
  interrupted: { icon: CircleDashed, tone: 'attention' },
}
const FLOWS: Record<string, LucideIcon> = { inbound: ArrowDownLeft, outbound: ArrowUpRight, internal: ArrowLeftRight }

function outcomeWords(w: Words, c: CallRow): string {
  if (!c.outcome) return w.t('outcome.up')
  const word = w.code('outcome', c.outcome)
  return c.stage && w.has(`stage.${c.stage}`) ? `${word} ${w.code('stage', c.stage)}` : word
}

function Outcome({ call }: { call: CallRow }) {
  const w = useWords()
  const look = OUTCOMES[call.outcome] ?? OUTCOMES['interrupted']!
  return <span className="state"><Icon of={look.icon} tone={look.tone} /><span className={`ink-${look.tone}`}>{outcomeWords(w, call)}</span></span>
}

/** CallsPage is the site's calls from its facts, newest first. New ones wait above until asked for: nothing moves under the pointer. */
export function CallsPage({ site, item, view }: { site: string; item: string; view: SiteView }) {
  const w = useWords()
  const [older, setOlder] = useState<{ calls: CallRow[]; more: boolean }>()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<unknown>()
  const { data, error, reload } = useLoad(`calls:${site}`, () => api.calls(site, 0, PAGE), { site, what: ['facts'], pollMS: 30_000 })
  const [held, setHeld] = useState<CallRow[]>()
  const newest = data?.calls ?? []

  // The list stands while somebody reads it; rows that were shown change in place.
  useEffect(() => {
    if (data && !held) setHeld(data.calls ?? [])
  }, [data, held])
  const known = new Map(newest.map((c) => [c.call, c]))
  const top = (held ?? []).map((c) => known.get(c.call) ?? c)
  const heldIds = new Set(top.map((c) => c.call))
  const fresh = held ? newest.filter((c) => !heldIds.has(c.call) && (top.length === 0 || c.at >= top[0]!.at)).length : 0
  const calls = [...top, ...(older?.calls ?? []).filter((c) => !heldIds.has(c.call))]
  const more = older ? older.more : (data?.more ?? false)

  async function load() {
    const last = calls.at(-1)
    if (!last || busy) return
    setBusy(true)
    setFailed(undefined)
    try {
      const page = await api.calls(site, last.at, PAGE)
      setOlder((o) => {
        const have = new Set([...calls, ...(o?.calls ?? [])].map((c) => c.call))
        return { calls: [...(o?.calls ?? []), ...(page.calls ?? []).filter((c) => !have.has(c.call))], more: page.more }
      })
    } catch (e) {
      setFailed(e)
    } finally {
      setBusy(false)
    }
  }

  if (!data) return error ? <Trouble error={error} retry={reload} /> : <Loading />
  const queue = (id: string | undefined) => (id ? (view.queues?.find((q) => q.id === id)?.name ?? id) : '–')
  const agent = (id: string | undefined) => (id ? (view.agents?.find((a) => a.id === id)?.name ?? id) : '–')
  return (
    <>
      <div className="filters"><span className="note">{w.t('calls.note')}</span>
        {fresh > 0 && <Button small icon={RefreshCw} onPress={() => { setHeld(newest); setOlder(undefined) }}>{w.n('calls.fresh', fresh)}</Button>}</div>
      {calls.length === 0 && fresh === 0 ? <Empty icon={PhoneCall} title={w.t('calls.none')}><p>{w.t('calls.none.note')}</p></Empty> : (
        <div className="card table-card">
          <Table aria-label={w.t('tab.calls')} className="table calls-table" onRowAction={(id) => go(href(site, 'calls', String(id)))}>
            <TableHeader>
              <Column isRowHeader>{w.t('calls.time')}</Column><Column>{w.t('calls.way')}</Column><Column>{w.t('calls.dialled')}</Column><Column>{w.t('calls.queue')}</Column>
              <Column>{w.t('calls.agent')}</Column><Column>{w.t('calls.outcome')}</Column><Column className="number">{w.t('calls.wait')}</Column><Column className="number">{w.t('calls.talk')}</Column>
            </TableHeader>
            <TableBody items={calls.map((c) => ({ ...c, id: c.call }))} dependencies={[w, view]}>
              {(c) => (
                <Row id={c.call} className="row" textValue={`${w.moment(c.at)} ${outcomeWords(w, c)}`}>
                  <Cell className="figure cell-time">{w.moment(c.at)}</Cell>
                  <Cell className="cell-way"><span className="state"><Icon of={FLOWS[c.flow] ?? ArrowLeftRight} />{w.code('flow', c.flow)}</span></Cell>
                  <Cell className="figure cell-dialled">{c.dialled || (c.withheld ? w.t('calls.withheld') : '–')}</Cell>
                  <Cell className="cell-queue">{queue(c.queue)}</Cell>
                  <Cell className="cell-agent">{agent(c.agent)}</Cell>
                  <Cell className="cell-outcome"><Outcome call={c} /></Cell>
                  <Cell className="number figure cell-wait">{c.wait_ms ? duration(c.wait_ms) : '–'}</Cell>
                  <Cell className="number figure cell-talk">{c.talk_ms ? duration(c.talk_ms) : '–'}</Cell>
                </Row>
              )}
            </TableBody>
          </Table>
          <p className="table-foot"><span>{w.n('calls.shown', calls.length)}</span>{more && <Button small isPending={busy} onPress={() => void load()}>{w.t('calls.more')}</Button>}</p>
        </div>
      )}
      {failed !== undefined && <Trouble error={failed} retry={() => void load()} />}
      {item && <Story site={site} call={item} view={view} />}
    </>
  )
}

/** Story tells one call in sentences. */
function Story({ site, call, view }: { site: string; call: string; view: SiteView }) {
  const w = useWords()
  const { data, error, reload } = useLoad(`call:${site}:${call}`, () => api.call(site, call), { site, what: ['facts'] })
  const named = (args: Record<string, string> | undefined) => args && {
    ...args,
    ...(args['queue'] ? { queue: view.queues?.find((q) => q.id === args['queue'])?.name ?? args['queue'] } : {}),
    ...(args['agent'] ? { agent: view.agents?.find((a) => a.id === args['agent'])?.name ?? args['agent'] } : {}),
    ...(args['outcome'] && w.has(`fate.${args['outcome']}`) ? { outcome: w.code('fate', args['outcome']).toLowerCase() } : {}),
    ...(args['cause'] && w.has(`cause.${args['cause']}`) ? { cause: w.code('cause', args['cause']) } : {}),
    ...(args['state'] && w.has(`standing.${args['state']}`) ? { state: w.code('standing', args['state']) } : {}),
    ...(args['mark'] && w.has(`mark.${args['mark']}`) ? { mark: w.code('mark', args['mark']) } : {}),
    ...(args['sound'] ? { sound: args['sound'].replace(/^\w+:/, '') } : {}),
    ...(args['flow'] ? { flow: w.code('flow', args['flow']).toLowerCase() } : {}),
    ...(args['hung_up_by'] && w.has(`who.${args['hung_up_by']}`) ? { hung_up_by: w.code('who', args['hung_up_by']) } : {}),
    ...(args['wait_ms'] ? { wait: duration(Number(args['wait_ms'])) } : {}),
    ...(args['mos_x10'] ? { mos: w.number(Number(args['mos_x10']) / 10), lost: args['lost'] === '0' ? '' : args['lost'] ?? '' } : {}),
    ...(args['talk_ms'] ? { talk: duration(Number(args['talk_ms'])) } : {}),
    ...(args['ring_ms'] ? { ring: duration(Number(args['ring_ms'])) } : {}),
  }
  const row = data?.row
  return (
    <Sheet title={row ? w.t('story.call', { time: w.moment(row.at) }) : w.t('story.loading')} note={row && <>{w.code('flow', row.flow)}{row.dialled ? ` · ${row.dialled}` : ''}</>} open onClose={() => go(href(site, 'calls'))}>
      {!data ? (error ? <Trouble error={error} retry={reload} inline /> : <Loading />) : (
        <>
          <p><Outcome call={data.row} /></p>
          <dl className="pairs three">
            <div><dt>{w.t('calls.wait')}</dt><dd className="figure">{duration(data.row.wait_ms)}</dd></div>
            <div><dt>{w.t('calls.talk')}</dt><dd className="figure">{duration(data.row.talk_ms)}</dd></div>
            <div><dt>{w.t('calls.total')}</dt><dd className="figure">{duration(data.row.total_ms)}</dd></div>
          </dl>
          <h3>{w.t('story.told')}</h3>
          <ol className="events told">{(data.steps ?? []).map((s, i) => <li key={i}><time className="figure">{duration(s.ms)}</time><span>{w.code('event', s.code, named(s.args))}</span></li>)}</ol>
          <p className="note">{w.t('story.anonymous')}</p>
        </>
      )}
    </Sheet>
  )
}
