import { useState } from 'react'
import { Undo2 } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { LocalView } from '../api/types'
import { go, href } from '../route'
import { Button, Card, Chip, Trouble, WasIs } from '../ui/parts'
import { placeWords, valueWords } from '../draft/words'
import { useWords } from '../words'

const FEW = 8

/** LocalCard says that the box lives by a document nobody published, what differs, and offers to make it the draft. */
export function LocalCard({ site, local, draft, mayWrite }: { site: string; local: LocalView; draft: boolean; mayWrite: boolean }) {
  const w = useWords()
  const [busy, setBusy] = useState(false)
  const [sure, setSure] = useState(false)
  const [all, setAll] = useState(false)
  const [error, setError] = useState<unknown>()
  const changes = local.changes ?? []
  const work = useLoad(`draft:${site}`, () => api.draft(site), { site, what: ['revision'] })
  const taken = Boolean(work.data?.tag) && JSON.stringify(work.data?.changes) === JSON.stringify(changes)
  const shown = all ? changes : changes.slice(0, FEW)

  async function adopt() {
    if (busy) return
    if (draft && !sure) return setSure(true)
    setBusy(true)
    setError(undefined)
    try {
      const { tag } = await api.draft(site)
      if (tag && !sure) return setSure(true)
      await api.adopt(site, local.name, tag)
      setSure(false)
      go(href(site, 'settings'))
    } catch (e) {
      setError(e)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Card className="local" edge="attention" title={w.t('local.title')} note={local.at ? w.t('local.since', { time: w.moment(local.at) }) : undefined} action={<Chip tone="attention">{w.n('draft.changes', changes.length)}</Chip>}>
      <div className="card-text">
        <p>{w.t('local.means')}</p>
        <p>{w.t(taken ? 'local.taken' : 'local.risk')}</p>
        {mayWrite && !taken && <p className="row-actions">
          {sure && <span role="status">{w.t('revision.take.sure')}</span>}
          <Button icon={Undo2} isPending={busy} onPress={() => void adopt()}>{w.t(sure ? 'revision.take.yes' : 'local.adopt')}</Button>
          {sure && <Button onPress={() => setSure(false)}>{w.t('cancel')}</Button>}
        </p>}
        {error !== undefined && <Trouble error={error} inline />}
      </div>
      {!taken && shown.length > 0 && <ul className="diff">{shown.map((c) => <li key={c.path}><span className="strong">{placeWords(w, c.path, null)}</span><WasIs was={valueWords(w, c.was)} is={valueWords(w, c.is)} /></li>)}</ul>}
      {!taken && shown.length < changes.length && <p className="card-text"><Button small onPress={() => setAll(true)}>{w.n('diff.all', changes.length)}</Button></p>}
    </Card>
  )
}
