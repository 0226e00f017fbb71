import { useState, type FormEvent } from 'react'
import { LogIn } from 'lucide-react'
import { api, Refused } from '../api/client'
import type { Session } from '../api/types'
import { useWords, setLanguage } from '../words'
import { Button, Trouble } from '../ui/parts'
import { Field } from '../ui/field'
import { Mark } from '../shell/mark'

/** Gate is where people come in: with the one-time code as the first administrator, or with their password. */
export function Gate({ setup, expired, onEnter }: { setup: boolean; expired: boolean; onEnter: (s: Session) => void }) {
  const w = useWords()
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
    name: setup && !name.trim() ? w.t('setup.name.empty') : '',
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
        <h1>{w.t(setup ? 'setup.title' : 'gate.title')}</h1>
        <p className="note">{w.t(setup ? 'setup.note' : expired ? 'gate.expired' : 'gate.note')}</p>
        {/* What each field takes is checked here, in words of the page's language: the browser keeps quiet. */}
        <form noValidate onSubmit={(e) => void submit(e)}>
          {setup && <Field label={w.t('setup.code')} help={w.t('setup.code.help')} value={code} onChange={setCode} error={tried && wrong.code} mono autoComplete="off" />}
          {setup && <Field label={w.t('setup.name')} value={name} onChange={setName} error={tried && wrong.name} autoComplete="name" />}
          <Field label={w.t('gate.email')} type="email" value={email} onChange={setEmail} error={tried && wrong.email} autoComplete="username" />
          <Field label={w.t('gate.password')} type="password" value={password} onChange={setPassword} error={tried && wrong.password}
            {...(setup ? { help: w.t('setup.password.help') } : {})} autoComplete={setup ? 'new-password' : 'current-password'} />
          {error !== undefined && <Trouble error={error} inline />}
          <Button type="submit" tone="primary" icon={LogIn} isPending={busy}>{w.t(setup ? 'setup.go' : 'gate.go')}</Button>
        </form>
      </div>
      <Button tone="plain" small onPress={() => setLanguage(other)}><span lang={other}>{w.t('language.other')}</span></Button>
    </main>
  )
}
