import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { CircleAlert, CircleCheck, CloudOff, Hourglass, Rocket } from 'lucide-react'
import { TextArea, TextField, Label, Text, FieldError } from 'react-aria-components'
import { api, Refused } from '../api/client'
import type { SiteView } from '../api/types'
import { go, href } from '../route'
import type { DraftWork } from '../draft/use'
import { Button, Icon, Keycap, Trouble } from '../ui/parts'
import { Sheet } from '../ui/sheet'
import { useWords } from '../words'
import { ChangesCard } from './settings'

/** PublishSheet asks for the reason, shows what changes and what the box will do, and publishes. */
export function PublishSheet({ site, work, view, off, onClose }: { site: string; work: DraftWork; view: SiteView; off: string; onClose: () => void }) {
  const w = useWords()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const draft = work.draft!
  const problems = draft.problems ?? []
  const shownTag = useRef(draft.tag)
  const moved = !busy && shownTag.current !== draft.tag
  const empty = tried && !reason.trim()
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])

  async function publish() {
    setTried(true)
    if (busy || off || moved || !reason.trim()) return
    setBusy(true)
    setError(undefined)
    try {
      const made = await api.publish(site, draft.tag, reason.trim())
      work.reload()
      go(href(site, 'revisions', String(made.number)))
    } catch (e) {
      if (e instanceof Refused && (e.status === 409 || e.status === 422)) work.reload()
      setError(e)
    } finally {
      setBusy(false)
    }
  }
  const keys = (e: KeyboardEvent) => {
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter') {
      e.preventDefault()
      void publish()
    }
  }
  const { row } = view
  const box = !row.serial
    ? { icon: Hourglass, text: w.t('publish.box.none') }
    : !view.connected || row.health.level === 'offline'
      ? { icon: CloudOff, text: w.t('publish.box.offline', { time: row.seen ? w.moment(row.seen) : undefined }) }
      : { icon: CircleCheck, text: row.calls > 0 ? w.n('publish.box.calls', row.calls) : w.t('publish.box.now') }
  return (
    <Sheet shape="wide" title={w.t('publish.title', { site: row.name })} note={w.t('publish.note')} open onClose={onClose} foot={
      <>
        {off && <span className="note reason" id="publish-off">{off}</span>}
        <Button onPress={onClose}>{w.t('cancel')}</Button>
        <Button tone="primary" icon={Rocket} isPending={busy} isDisabled={Boolean(off) || moved} {...(off ? { 'aria-describedby': 'publish-off' } : {})} onPress={() => void publish()}>{w.t('publish.go')} <Keycap>Ctrl ⏎</Keycap></Button>
      </>}>
      <div onKeyDown={keys} className="publish">
        <TextField className="field" isInvalid={empty} validationBehavior="aria" value={reason} onChange={setReason} maxLength={500}>
          <Label>{w.t('publish.reason')}</Label>
          <TextArea className="input" rows={2} ref={field} />
          <Text slot="description" className="help">{w.t('publish.reason.help')}</Text>
          <FieldError className="field-error">{w.t('publish.reason.empty')}</FieldError>
        </TextField>
        {moved && <div className="trouble inline" role="alert"><Icon of={CircleAlert} tone="attention" size={20} /><div><p className="strong">{w.t('publish.moved', { by: draft.by })}</p><p>{w.t('publish.moved.remedy')}</p>
          <p><Button small onPress={() => { shownTag.current = draft.tag; setError(undefined); setTried(false) }}>{w.t('publish.moved.seen')}</Button></p></div></div>}
        {error !== undefined && !moved && <Trouble error={error} inline />}
        <ul className="checks-list">
          <li><Icon of={problems.length ? CircleAlert : CircleCheck} tone={problems.length ? 'danger' : 'success'} />{problems.length ? w.n('publish.off.problems', problems.length) : w.t('publish.check.ok')}</li>
          <li><Icon of={box.icon} tone={box.icon === CircleCheck ? 'success' : 'quiet'} />{box.text}</li>
          <li><Icon of={CircleCheck} tone="success" />{w.t('publish.check.back')}</li>
        </ul>
        <ChangesCard draft={draft} />
      </div>
    </Sheet>
  )
}
