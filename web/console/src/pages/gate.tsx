import { useState, type FormEvent } from 'react'
import { LogIn } from 'lucide-react'
import { api, Refused } from '../api/client'
import type { Session } from '../api/types'
import { useWords, setLanguage } from '../words'
import { Button, Trouble } from '../ui/parts'
import { Field } from '../ui/field'
import { href, placeHref } from '../route'
import { Mark } from '../shell/mark'

/** Gate is where people come in: with their password, or with a one-time code, as the first administrator or as somebody who was given one. */
export function Gate({ by, expired, onEnter }: { by: 'password' | 'code' | 'first'; expired: boolean; onEnter: (s: Session) => void }) {
  const w = useWords()
  const setup = by !== 'password'
  const [code, setCode] = useState('')
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  const wrong = {
    code: setup && !code.trim() ? w.t('setup.code.empty') : '',
    email: !/^\S+@\S+$/.test(email) ? w.t('gate.email.wrong') : '',
    name: by === 'first' && !name.trim() ? w.t('setup.name.empty') : '',
    password: setup ? ([...password].length < 12 ? w.t('setup.password.short') : '') : password ? '' : w.t('gate.password.empty'),
  }

  async function submit(e: FormEvent) {
    e.preventDefault()
    setTried(true)
    if (busy || Object.values(wrong).some(Boolean)) return
    setBusy(true)
    setError(undefined)
    try {
      onEnter(setup ? await api.setUp({ code: code.trim(), email: email.trim(), name: name.trim(), password }) : await api.signIn({ email: email.trim(), password }))
    } catch (failed) {
      setError(failed)
      if (failed instanceof Refused && failed.status === 401) setPassword('')
    } finally {
      setBusy(false)
    }
  }

  const other = w.language === 'fr' ? 'en' : 'fr'
  return (
    <main className="gate">
      <div className="gate-box">
        <p className="brand"><Mark /> Autocom</p>
        <h1>{w.t(by === 'first' ? 'setup.title' : by === 'code' ? 'code.title' : 'gate.title')}</h1>
        {by === 'first' ? <div className="note"><p>{w.t('setup.note')}</p><p><code className="mono">{w.t('setup.command')}</code></p><p>{w.t('setup.given')}</p></div> : <p className="note">{w.t(by === 'code' ? 'code.note' : expired ? 'gate.expired' : 'gate.note')}</p>}
        {/* What each field takes is checked here, in words of the page's language: the browser keeps quiet. */}
        <form noValidate onSubmit={(e) => void submit(e)}>
          {setup && <Field label={w.t('setup.code')} help={w.t(by === 'first' ? 'setup.code.help' : 'code.help')} value={code} onChange={setCode} error={tried && wrong.code} mono autoComplete="off" />}
          {setup && <Field label={w.t('setup.name')} value={name} onChange={setName} error={tried && wrong.name} {...(by === 'code' ? { help: w.t('code.name.help') } : {})} autoComplete="name" />}
          <Field label={w.t('gate.email')} type="email" value={email} onChange={setEmail} error={tried && wrong.email} autoComplete="username" />
          <Field label={w.t('gate.password')} type="password" value={password} onChange={setPassword} error={tried && wrong.password}
            {...(setup ? { help: w.t('setup.password.help') } : {})} autoComplete={setup ? 'new-password' : 'current-password'} />
          {error !== undefined && <Trouble error={error} inline />}
          <Button type="submit" tone="primary" icon={LogIn} isPending={busy}>{w.t(by === 'first' ? 'setup.go' : by === 'code' ? 'code.go' : 'gate.go')}</Button>
        </form>
        {by === 'password' && <p className="other"><a href={placeHref('setup')}>{w.t('gate.code')}</a><span className="help">{w.t('gate.lost')}</span></p>}
        {by === 'code' && <p className="other"><a href={href()}>{w.t('code.back')}</a></p>}
      </div>
      <Button tone="plain" small onPress={() => setLanguage(other)}><span lang={other}>{w.t('language.other')}</span></Button>
    </main>
  )
}
