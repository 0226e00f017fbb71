import { useEffect, useRef, useState, type FormEvent } from 'react'
import { Label, Radio, RadioGroup } from 'react-aria-components'
import { CircleCheck, Hourglass, KeyRound, TriangleAlert, UserMinus, UserPlus } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { Person, PersonCode, Session } from '../api/types'
import { placeHref } from '../route'
import { Button, Chip, Loading, Trouble } from '../ui/parts'
import { Field } from '../ui/field'
import { OnceCode } from '../ui/once'
import { Confirm, Sheet } from '../ui/sheet'
import { useWords, type Key } from '../words'

type Asking = { is: 'invite' } | { is: 'code' | 'remove'; person: Person } | { is: 'shown'; made: PersonCode }

/** PeoplePage is who may sign in: they are invited, given a new code, and taken out. */
export function PeoplePage({ session }: { session: Session }) {
  const w = useWords()
  const { data, error, reload } = useLoad('people', api.people, { pollMS: 30_000 })
  const [asking, setAsking] = useState<Asking>()
  const head = useRef<HTMLDivElement>(null)
  const asked = useRef(false)
  useEffect(() => {
    // Who was taken out has no row any more for the cursor to go back to.
    if (asked.current && !asking) setTimeout(() => { if (document.activeElement === document.body) head.current?.querySelector('button')?.focus() }, 60)
    asked.current = asking !== undefined
  }, [asking])
  const mayWrite = session.role !== 'auditor'
  const people = data?.people ?? []
  const close = () => { setAsking(undefined); reload() }

  return (
    <div className="page">
      <div className="page-head" ref={head}>
        <div className="title"><h1>{w.t('people.title')}</h1>{data && <span className="note">{w.n('people.count', people.filter((p) => p.state === 'active').length)}</span>}</div>
        {mayWrite && <Button tone="primary" icon={UserPlus} onPress={() => setAsking({ is: 'invite' })}>{w.t('people.invite')}</Button>}
      </div>
      {!data ? (error ? <Trouble error={error} retry={reload} /> : <Loading />) : (
        <div className="card table-card">
          <table className="table plain people-table">
            <thead><tr><th scope="col">{w.t('people.who')}</th><th scope="col">{w.t('people.role')}</th><th scope="col">{w.t('people.state')}</th>{mayWrite && <th scope="col"><span className="hidden">{w.t('people.acts')}</span></th>}</tr></thead>
            <tbody>{people.map((p) => (
              <tr key={p.id}>
                <th scope="row"><span className="stack"><span>{p.name}{p.you && <Chip tone="accent">{w.t('people.you')}</Chip>}</span><small>{p.email}</small></span></th>
                <td>{w.code('role', p.role)}</td>
                <td><PersonState person={p} /></td>
                {mayWrite && <td className="acts">{!p.you && <span className="actions">
                  <Button small icon={KeyRound} aria-label={w.t('code.new.for', { name: p.name })} onPress={() => setAsking({ is: 'code', person: p })}>{w.t('code.new')}</Button>
                  <Button small icon={UserMinus} aria-label={w.t('person.remove.for', { name: p.name })} onPress={() => setAsking({ is: 'remove', person: p })}>{w.t('person.remove')}</Button>
                </span>}</td>}
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      {asking?.is === 'invite' && <Invite onClose={close} onMade={(made) => { setAsking({ is: 'shown', made }); reload() }} />}
      {asking?.is === 'shown' && <Shown made={asking.made} onClose={close} />}
      {asking?.is === 'code' && <NewCode person={asking.person} onClose={close} onMade={(made) => setAsking({ is: 'shown', made })} />}
      {asking?.is === 'remove' && <Confirm title={w.t('person.remove.sure', { name: asking.person.name })} yes={w.t('person.remove')} act={() => api.removePerson(asking.person.id)} onClose={close}>
        <p>{w.t('person.remove.means')}</p></Confirm>}
    </div>
  )
}

function PersonState({ person: p }: { person: Person }) {
  const w = useWords()
  if (p.state === 'active') return <Chip tone="success" icon={CircleCheck}>{w.t('person.active')}</Chip>
  if (p.state === 'waiting') return <Chip tone="info" icon={Hourglass}>{w.t('person.waiting', { time: w.moment(p.code ?? 0) })}</Chip>
  return <Chip tone="attention" icon={TriangleAlert}>{w.t('person.over')}</Chip>
}

/** NewCode asks before a password stops working, then shows what takes its place. */
function NewCode({ person, onClose, onMade }: { person: Person; onClose: () => void; onMade: (made: PersonCode) => void }) {
  const w = useWords()
  const made = useRef<PersonCode>(undefined)
  return (
    <Confirm title={w.t('code.new.sure', { name: person.name })} yes={w.t('code.new.go')} act={async () => { made.current = await api.personCode(person.id) }}
      onClose={() => (made.current ? onMade(made.current) : onClose())}>
      <ul className="means">{person.state === 'active' && <li>{w.t('code.new.password')}</li>}<li>{w.t('code.new.means')}</li></ul>
    </Confirm>
  )
}

const ROLES = ['admin', 'auditor'] as const

function Invite({ onClose, onMade }: { onClose: () => void; onMade: (made: PersonCode) => void }) {
  const w = useWords()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<string>('admin')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const wrong = { name: name.trim() ? '' : w.t('invite.name.empty'), email: /^\S+@\S+$/.test(email.trim()) ? '' : w.t('gate.email.wrong') }

  async function submit(e?: FormEvent) {
    e?.preventDefault()
    setTried(true)
    if (busy || wrong.name || wrong.email) return
    setBusy(true)
    setError(undefined)
    try {
      onMade(await api.invite({ name: name.trim(), email: email.trim(), role }))
    } catch (failed) {
      setError(failed)
      setBusy(false)
    }
  }

  return (
    <Sheet title={w.t('invite.title')} open onClose={onClose} foot={<><Button onPress={onClose}>{w.t('cancel')}</Button><Button tone="primary" icon={UserPlus} isPending={busy} onPress={() => void submit()}>{w.t('invite.go')}</Button></>}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Field label={w.t('invite.name')} help={w.t('invite.name.help')} value={name} onChange={setName} error={tried && wrong.name} autoFocus maxLength={100} autoComplete="off" />
        <Field label={w.t('gate.email')} type="email" value={email} onChange={setEmail} error={tried && wrong.email} maxLength={254} autoComplete="off" />
        <RadioGroup className="field radios" value={role} onChange={setRole}>
          <Label>{w.t('people.role')}</Label>
          {ROLES.map((r) => <Radio key={r} value={r} className="radio"><span className="radio-dot" aria-hidden="true" /><span><strong>{w.code('role', r)}</strong><small>{w.t(`invite.${r}.means` as Key)}</small></span></Radio>)}
        </RadioGroup>
        <button type="submit" hidden />
      </form>
      {error !== undefined && <Trouble error={error} inline />}
    </Sheet>
  )
}

function Shown({ made, onClose }: { made: PersonCode; onClose: () => void }) {
  const w = useWords()
  const { name, email } = made.person
  return (
    <Sheet title={w.t('code.of', { name })} open onClose={onClose} foot={<Button tone="primary" autoFocus onPress={onClose}>{w.t('close')}</Button>}>
      <p>{w.t('code.shown', { name })}</p>
      <OnceCode code={made.code} expires={made.expires} label={w.t('code.of', { name })} />
      <h3>{w.t('code.steps')}</h3>
      <ol className="steps">
        <li>{w.t('code.step1')} <code className="mono strong">{window.location.origin}/{placeHref('setup')}</code></li>
        <li>{w.t('code.step2', { email })}</li>
        <li>{w.t('code.step3')}</li>
      </ol>
    </Sheet>
  )
}
