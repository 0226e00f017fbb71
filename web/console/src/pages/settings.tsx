import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { CircleAlert, CircleCheck, Rocket, Save, Undo2 } from 'lucide-react'
import { Refused } from '../api/client'
import type { Draft, Problem, SiteView } from '../api/types'
import { go, href } from '../route'
import { Button, Card, Chip, Empty, Icon, Keycap, Loading, ProblemWords, Trouble, WasIs } from '../ui/parts'
import { useWords, type Key } from '../words'
import { SectionForm } from '../draft/form'
import { placeWords, problemsIn, SECTIONS, valueWords } from '../draft/words'
import { sectionOf } from '../draft/schema'
import { useDraft, type DraftWork, type Work } from '../draft/use'
import { PublishSheet } from './publish'

/** SettingsPage is the draft: as a form or as text, with what is wrong and what changes always beside it. */
export function SettingsPage({ site, item, view, mayWrite }: { site: string; item: string; view: SiteView; mayWrite: boolean }) {
  const w = useWords()
  const work = useDraft(site)
  const { draft } = work
  const [dropping, setDropping] = useState(false)
  const lastPlace = useRef('')
  const asText = item === 'text'
  const publishing = item === 'publish'
  const section = SECTIONS.find((s) => s.id === item) ?? SECTIONS.find((s) => s.id === lastPlace.current) ?? SECTIONS[0]!
  if (!publishing && item) lastPlace.current = item
  const backTo = href(site, 'settings', lastPlace.current)

  if (!draft) return work.loading ? <Trouble error={work.loading} retry={work.reload} /> : <Loading />
  const problems = draft.problems ?? []
  const changes = draft.changes ?? []
  const changed = draft.tag !== '' && changes.length > 0
  const rejected = work.failed !== undefined
  const why = rejected ? w.t('publish.off.unsaved') : problems.length > 0 ? w.n('publish.off.problems', problems.length) : !changed ? w.t('publish.off.same') : !view.row.serial ? w.t('publish.nobox') : ''
  const off = rejected || problems.length > 0 || !changed

  return (
    <>
      <div className="draft-bar">
        <div className="segmented" role="group" aria-label={w.t('draft.shape')}>
          <button type="button" aria-pressed={!asText} onClick={() => go(href(site, 'settings', section.id))}>{w.t('draft.form')}</button>
          <button type="button" aria-pressed={asText} onClick={() => go(href(site, 'settings', 'text'))}>{w.t('draft.text')}</button>
        </div>
        <span className="note" role="status">{work.saving ? w.t('draft.saving') : draft.tag ? w.t('draft.saved', { time: draft.at ? w.moment(draft.at) : undefined, by: draft.by }) : w.t('draft.none', { base: draft.base || undefined })}</span>
        {mayWrite && <span className="actions">
          {draft.tag && (dropping
            ? <><span>{w.t('draft.drop.sure')}</span><Button tone="danger" small autoFocus onPress={() => { setDropping(false); void work.drop() }}>{w.t('draft.drop')}</Button><Button small onPress={() => setDropping(false)}>{w.t('cancel')}</Button></>
            : <Button icon={Undo2} onPress={() => setDropping(true)}>{w.t('draft.drop')}</Button>)}
          <span className="with-reason"><Button tone="primary" icon={Rocket} isDisabled={off} aria-describedby="why-off" onPress={() => go(href(site, 'settings', 'publish'))}>{w.t('publish')}</Button></span>
        </span>}
        {mayWrite && why && <p id="why-off" className="note reason">{why}</p>}
      </div>
      {!mayWrite && <p className="note">{w.t('draft.readonly')}</p>}
      {rejected && <Trouble error={work.failed} inline {...(work.failed instanceof Refused && work.failed.status < 429 ? {} : { retry: work.again })} />}
      {work.lost && <Lost work={work.lost} draft={draft} restore={work.restore} />}
      <div className="columns beside">
        <div className="column">
          {asText || draft.document === null
            ? <TextEditor key={asText ? 'text' : 'mend'} site={site} work={work} draft={draft} readOnly={!mayWrite} mend={!asText} />
            : (
              <div className="form-card card">
                <nav className="sections" aria-label={w.t('draft.sections')}>
                  {SECTIONS.map((s) => {
                    const n = problemsIn(problems, s.id)
                    return <a key={s.id} href={href(site, 'settings', s.id)} aria-current={s.id === section.id ? 'true' : undefined}>{w.code('section', s.id)}{n > 0 && <Chip tone="danger" icon={CircleAlert}><span aria-hidden="true">{n}</span><span className="hidden">{w.n('problems', n)}</span></Chip>}</a>
                  })}
                </nav>
                <section className="form" aria-labelledby="section-title">
                  <h2 id="section-title">{w.code('section', section.id)}</h2>
                  <p className="note">{w.t(`section.${section.id}.note` as Key)}</p>
                  <SectionForm key={section.id} section={section} document={draft.document} problems={problems} edit={work.edit} readOnly={!mayWrite} />
                </section>
              </div>
            )}
        </div>
        <aside className="side" aria-label={w.t('draft.beside')}>
          <ProblemsCard site={site} draft={draft} asText={asText} />
          <ChangesCard draft={draft} />
        </aside>
      </div>
      {publishing && mayWrite && <PublishSheet site={site} work={work} view={view} off={off ? why : ''} onClose={() => go(backTo)} />}
    </>
  )
}

function ProblemsCard({ site, draft, asText }: { site: string; draft: Draft; asText: boolean }) {
  const w = useWords()
  const problems = draft.problems ?? []
  const jump = (path: string, line: number | undefined) => {
    if (asText) {
      window.dispatchEvent(new CustomEvent('autocom-line', { detail: line ?? 1 }))
      return
    }
    const section = sectionOf(path)
    if (section) go(href(site, 'settings', section.id))
    // The section is drawn first, and its item opened; then the field is there to be focused.
    setTimeout(() => {
      const fields = [...document.querySelectorAll<HTMLElement>('[data-path]')]
      const at = fields.find((f) => path === f.dataset['path'] || path.startsWith(`${f.dataset['path']}[`) || path.startsWith(`${f.dataset['path']}.`))
      at?.querySelector<HTMLElement>('input, select')?.focus()
    }, 80)
  }
  return (
    <Card title={w.t('problems.title')} action={problems.length ? <Chip tone="danger" icon={CircleAlert}>{problems.length}</Chip> : <Chip tone="success" icon={CircleCheck}>{w.t('problems.none')}</Chip>}>
      {problems.length === 0 ? <p className="card-text note">{w.t('problems.none.note')}</p> : (
        <ul className="problem-list">{problems.map((p, i) => (
          <li key={i}><button type="button" className="problem" onClick={() => jump(p.path, p.line)}>
            <Icon of={CircleAlert} tone="danger" /><span><ProblemWords problem={{ ...p, path: '' }} /><small>{placeWords(w, p.path, draft.document)}{p.line ? `, ${w.t('line', { n: p.line })}` : ''}</small></span></button></li>
        ))}</ul>
      )}
    </Card>
  )
}

export function ChangesCard({ draft, open }: { draft: Pick<Draft, 'changes' | 'document' | 'base'>; open?: boolean }) {
  const w = useWords()
  const changes = draft.changes ?? []
  const [all, setAll] = useState(open ?? false)
  const shown = all ? changes : changes.slice(0, 12)
  return (
    <Card title={w.t('diff.title')} note={draft.base ? w.t('diff.from', { n: draft.base }) : undefined} action={<Chip tone="accent">{changes.length}</Chip>}>
      {changes.length === 0 ? <Empty title={w.t('diff.none')} /> : (
        <ul className="diff">{shown.map((c) => <li key={c.path}><span className="strong">{placeWords(w, c.path, draft.document)}</span><WasIs was={valueWords(w, c.was)} is={valueWords(w, c.is)} /></li>)}</ul>
      )}
      {shown.length < changes.length && <p className="card-text"><Button small onPress={() => setAll(true)}>{w.n('diff.all', changes.length)}</Button></p>}
    </Card>
  )
}

/** Lost shows what somebody else's change pushed aside, and gives it back when asked. */
function Lost({ work, draft, restore }: { work: Work; draft: Draft; restore: (keep: boolean) => void }) {
  const w = useWords()
  return (
    <section className="card edge-attention" role="alert">
      <header><h2>{w.t('lost.title', { by: draft.by })}</h2></header>
      <div className="card-text">
        <p>{w.t('lost.note')}</p>
        {'edits' in work
          ? <ul className="plain-list">{work.edits.map((e, i) => <li key={i}><span className="strong">{placeWords(w, e.path, draft.document)}</span> {w.code('op', e.op)} {e.op === 'remove' || /secret|password/.test(e.path) ? '' : valueWords(w, JSON.stringify(e.value) ?? '')}</li>)}</ul>
          : <details><summary>{w.t('lost.text')}</summary><pre className="mono text-block" tabIndex={0}>{work.text}</pre></details>}
        <p className="row-actions"><Button onPress={() => restore(true)}>{w.t('lost.again')}</Button><Button onPress={() => restore(false)}>{w.t('lost.leave')}</Button></p>
      </div>
    </section>
  )
}

const REST_MS = 1200

const unsaved = new Map<string, string>()

/** lineOf is the line a problem names, in its own field or in its sentence. */
function lineOf(p: Problem): number | undefined {
  return p.line ?? (Number(/^line (\d+)\b/.exec(p.sentence)?.[1]) || undefined)
}

/** TextEditor is the document as text: lines have numbers, and marks where something is wrong. It saves when the typing rests. */
function TextEditor({ site, work, draft, readOnly, mend }: { site: string; work: DraftWork; draft: Draft; readOnly: boolean; mend: boolean }) {
  const w = useWords()
  // A text that could not be read is kept while one looks elsewhere: it is nowhere else.
  const [text, setText] = useState(unsaved.get(site) ?? draft.text)
  const area = useRef<HTMLTextAreaElement>(null)
  const gutter = useRef<HTMLOListElement>(null)
  const saved = useRef(draft.text)
  const dirty = text !== draft.text
  const mine = useRef(text)
  mine.current = text
  if (text === draft.text) unsaved.delete(site)
  else unsaved.set(site, text)

  useEffect(() => {
    // The server's text comes in only when nothing of one's own waits.
    if (mine.current === saved.current) {
      saved.current = draft.text
      setText(draft.text)
    } else if (draft.text === mine.current) saved.current = draft.text
  }, [draft.text])

  useEffect(() => {
    // A text that was not taken is not saved.
    if (work.failed !== undefined) saved.current = draft.text
  }, [work.failed, draft.text])

  const save = useRef(() => {})
  save.current = () => {
    if (mine.current === saved.current || readOnly) return
    saved.current = mine.current
    work.write(mine.current)
  }
  useEffect(() => {
    const rest = setTimeout(() => save.current(), REST_MS)
    return () => clearTimeout(rest)
  }, [text])
  useEffect(() => () => save.current(), [])
  useEffect(() => {
    const jump = (e: Event) => {
      const line = (e as CustomEvent<number>).detail
      const a = area.current
      if (!a) return
      const start = a.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
      const end = a.value.indexOf('\n', start)
      a.focus()
      a.setSelectionRange(start, end < 0 ? a.value.length : end)
      a.scrollTop = Math.max(0, (line - 6) * 20)
    }
    window.addEventListener('autocom-line', jump)
    return () => window.removeEventListener('autocom-line', jump)
  }, [])

  const keys = (e: KeyboardEvent) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 's') {
      e.preventDefault()
      save.current()
    }
  }
  const lines = text.split('\n').length
  const wrong = new Map([...(draft.problems ?? []), ...(work.failed instanceof Refused ? work.failed.failure.problems ?? [] : [])].flatMap((p) => { const n = lineOf(p); return n ? [[n, w.said(p.sentence)] as const] : [] }))
  return (
    <Card title={w.t('draft.text')} note={mend ? w.t('text.mend') : w.t('text.note')} action={!readOnly && <Button small icon={Save} isDisabled={!dirty} onPress={() => save.current()}>{w.t('text.save')} <Keycap>Ctrl S</Keycap></Button>}>
      <div className="editor">
        <ol className="gutter" ref={gutter} aria-hidden="true">{Array.from({ length: lines }, (_, i) => <li key={i} className={wrong.has(i + 1) ? 'wrong' : ''} title={wrong.get(i + 1)}>{i + 1}</li>)}</ol>
        <textarea ref={area} className="mono" aria-label={w.t('draft.text')} spellCheck={false} autoCapitalize="off" autoComplete="off" wrap="off" readOnly={readOnly} value={text}
          onChange={(e) => setText(e.target.value)} onKeyDown={keys} onBlur={() => save.current()}
          onScroll={(e) => { if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop }} />
      </div>
    </Card>
  )
}
