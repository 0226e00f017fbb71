import { useState } from 'react'
import { CircleCheck, CircleX, CloudDownload, FlaskConical, History, Rocket, Undo2, type LucideIcon } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { Revision } from '../api/types'
import { go, href } from '../route'
import { Button, Chip, Empty, Icon, Loading, ProblemWords, Trouble, type Tone } from '../ui/parts'
import { useWords } from '../words'
import { ChangesCard } from './settings'

const STATES: Record<string, { icon: LucideIcon; tone: Tone }> = {
  published: { icon: Rocket, tone: 'quiet' },
  fetched: { icon: CloudDownload, tone: 'info' },
  applied: { icon: FlaskConical, tone: 'info' },
  confirmed: { icon: CircleCheck, tone: 'success' },
  refused: { icon: CircleX, tone: 'danger' },
  reverted: { icon: Undo2, tone: 'danger' },
}
const STEPS = ['published', 'fetched', 'applied', 'confirmed'] as const

function look(state: string) {
  return STATES[state] ?? { icon: Rocket, tone: 'quiet' as const }
}

/** RevisionsPage is what was published and what became of it on the box, followed live. */
export function RevisionsPage({ site, item, mayWrite }: { site: string; item: string; mayWrite: boolean }) {
  const w = useWords()
  const { data, error, reload } = useLoad(`revisions:${site}`, () => api.revisions(site), { site, what: ['revision'], pollMS: 10_000 })
  if (!data) return error ? <Trouble error={error} retry={reload} /> : <Loading />
  const list = (data.revisions ?? []).toSorted((a, b) => b.number - a.number)
  if (list.length === 0) return <Empty icon={History} title={w.t('revisions.none')}><p><a href={href(site, 'settings')}>{w.t('revisions.none.note')}</a></p></Empty>
  const chosen = list.find((r) => String(r.number) === item) ?? list[0]!
  return (
    <div className="revisions">
      <nav className="card revision-list" aria-label={w.t('tab.revisions')}>
        <ol>{list.map((r) => (
          <li key={r.number}>
            <a href={href(site, 'revisions', String(r.number))} aria-current={r.number === chosen.number ? 'true' : undefined}>
              <span className="strong">{w.t('revision.n', { n: r.number })}</span>
              <Chip tone={look(r.state).tone} icon={look(r.state).icon}>{w.code('state', r.state)}</Chip>
              <small>{r.reason || w.t('revision.noreason')}</small>
              <small>{w.t('revision.by', { by: r.by || undefined, time: w.moment(r.published) })}</small>
            </a>
          </li>
        ))}</ol>
      </nav>
      <OneRevision key={chosen.number} site={site} row={chosen} mayWrite={mayWrite} />
    </div>
  )
}

function OneRevision({ site, row, mayWrite }: { site: string; row: Revision; mayWrite: boolean }) {
  const w = useWords()
  const { data, error, reload } = useLoad(`revision:${site}:${row.number}`, () => api.revision(site, row.number), {})
  const [taking, setTaking] = useState(false)
  const [failed, setFailed] = useState<unknown>()
  const [sure, setSure] = useState(false)

  async function take() {
    if (!data?.text || taking) return
    setTaking(true)
    setFailed(undefined)
    try {
      const draft = await api.draft(site)
      if (draft.tag && !sure) {
        setSure(true)
        return
      }
      await api.saveText(site, draft.tag, data.text)
      go(href(site, 'settings', 'text'))
    } catch (e) {
      setFailed(e)
    } finally {
      setTaking(false)
    }
  }

  const bad = row.state === 'refused' || row.state === 'reverted'
  const reached = STEPS.indexOf(row.state as (typeof STEPS)[number])
  return (
    <div className="column">
      <section className={bad ? 'card edge-danger' : 'card'} aria-labelledby="revision-title" aria-live="polite">
        <header><h2 id="revision-title">{w.t('revision.n', { n: row.number })}</h2><span className="note">{w.t('revision.by', { by: row.by || undefined, time: w.moment(row.published) })}</span>
          <span className="card-action"><Chip tone={look(row.state).tone} icon={look(row.state).icon}>{w.code('state', row.state)}</Chip></span></header>
        <div className="card-text">
          <p className="strong">{row.reason || w.t('revision.noreason')}</p>
          {!bad && <ol className="stepbar" aria-label={w.t('revision.way')}>{STEPS.map((s, i) => (
            <li key={s} className={i <= reached ? 'done' : ''} aria-current={i === reached ? 'step' : undefined}><Icon of={i <= reached ? CircleCheck : look(s).icon} />{w.code('state', s)}</li>
          ))}</ol>}
          <p>{w.t(`state.${STATES[row.state] ? row.state : 'published'}.means` as 'state.published.means', { time: row.state_at ? w.moment(row.state_at) : undefined })}</p>
          {row.why && <p className="quote"><span className="note">{w.t('revision.box')}</span> {row.why}</p>}
          {row.state === 'reverted' && <p>{row.returned ? w.t('revision.returned', { n: row.returned }) : w.t('revision.returned.first')}</p>}
          {(row.problems ?? []).length > 0 && <ul className="plain-list">{row.problems!.map((p, i) => <li key={i}><ProblemWords problem={p} /></li>)}</ul>}
          {mayWrite && <p className="row-actions">
            {sure && <span>{w.t('revision.take.sure')}</span>}
            <Button icon={History} isPending={taking} isDisabled={!data?.text} onPress={() => void take()}>{w.t(sure ? 'revision.take.yes' : 'revision.take')}</Button>
            {sure && <Button onPress={() => setSure(false)}>{w.t('cancel')}</Button>}
          </p>}
          {failed !== undefined && <Trouble error={failed} inline retry={() => void take()} />}
        </div>
      </section>
      {!data ? (error ? <Trouble error={error} retry={reload} /> : <Loading />) : (
        <>
          <ChangesCard draft={{ changes: data.changes ?? [], document: null, base: row.number > 1 ? row.number - 1 : 0 }} />
          {data.text && <section className="card"><header><h2>{w.t('revision.text')}</h2><span className="note">{w.t('revision.masked')}</span></header>
            <pre className="mono text-block" tabIndex={0}>{data.text}</pre></section>}
        </>
      )}
    </div>
  )
}
