import { useState } from 'react'
import { Plus } from 'lucide-react'
import { api } from '../api/client'
import type { Claim, SiteRow } from '../api/types'
import { Button, Trouble } from '../ui/parts'
import { Field } from '../ui/field'
import { Sheet } from '../ui/sheet'
import { go, href } from '../route'
import { OnceCode } from '../ui/once'
import { useWords } from '../words'

/** AddBox makes a site and shows the code that lets its box in. With a site it only makes a code. */
export function AddBox({ site: given, onClose, onAdded }: { site?: SiteRow | undefined; onClose: () => void; onAdded?: () => void }) {
  const w = useWords()
  const [name, setName] = useState('')
  const [site, setSite] = useState(given)
  const [claim, setClaim] = useState<Claim>()
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const [error, setError] = useState<unknown>()

  async function make() {
    setTried(true)
    if (busy || (!site && !name.trim())) return
    setBusy(true)
    setError(undefined)
    try {
      // A site that was made stays made: a second try asks for its code only.
      const row = site ?? (await api.addSite(name.trim()))
      setSite(row)
      if (!site) onAdded?.()
      setClaim(await api.claim(row.id))
    } catch (e) {
      setError(e)
    } finally {
      setBusy(false)
    }
  }

  const title = claim ? w.t('claim.title', { site: site?.name }) : given ? w.t('claim.new') : w.t('sites.add')
  return (
    <Sheet title={title} open onClose={onClose} foot={claim
      ? <><Button onPress={onClose}>{w.t('close')}</Button><Button tone="primary" onPress={() => { onClose(); if (site) go(href(site.id)) }}>{w.t('claim.open')}</Button></>
      : <><Button onPress={onClose}>{w.t('cancel')}</Button><Button tone="primary" icon={Plus} isPending={busy} onPress={() => void make()}>{w.t(site ? 'claim.make' : 'add.go')}</Button></>}>
      {claim ? <ClaimSheet claim={claim} onAgain={() => void make()} /> : site ? <p>{w.t('claim.note')}</p> : (
        <form noValidate onSubmit={(e) => { e.preventDefault(); void make() }}>
          <Field label={w.t('add.name')} help={w.t('add.name.help')} value={name} onChange={setName} error={tried && !name.trim() ? w.t('add.name.empty') : ''} autoFocus maxLength={80} />
        </form>
      )}
      {error !== undefined && <Trouble error={error} inline retry={() => void make()} />}
    </Sheet>
  )
}

function ClaimSheet({ claim, onAgain }: { claim: Claim; onAgain: () => void }) {
  const w = useWords()
  return (
    <>
      <p>{w.t('claim.shown')}</p>
      <OnceCode code={claim.code} expires={claim.expires} label={w.t('claim.code')} onAgain={onAgain} />
      <h3>{w.t('claim.steps')}</h3>
      <ol className="steps">
        <li>{w.t('claim.step1')}</li>
        <li>{w.t('claim.step2')} <code className="mono strong">{claim.server}</code></li>
        <li>{w.t('claim.step3')}</li>
      </ol>
      <p className="note">{w.t('claim.offline')}</p>
    </>
  )
}
