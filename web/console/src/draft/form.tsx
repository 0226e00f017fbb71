import { useEffect, useId, useRef, useState } from 'react'
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import { Check, Dices, Plus, Trash2 } from 'lucide-react'
import type { Edit, Problem } from '../api/types'
import { MASK } from '../api/types'
import { Button, Chip, Empty } from '../ui/parts'
import { Field } from '../ui/field'
import { shortDuration } from '../time'
import { useWords, type Words } from '../words'
import { identity, value, within } from './path'
import { fieldKey, password, type FieldSpec, type Section } from './schema'

interface Props { section: Section; document: unknown; problems: readonly Problem[]; edit: (edits: Edit[]) => void; readOnly: boolean }

/** SectionForm is one part of the document, one column. */
export function SectionForm(p: Props) {
  const w = useWords()
  const { section } = p
  const general = p.problems.filter((x) => x.path === (section.list ?? section.id))
  return (
    <>
      <Note problems={general} />
      {section.list ? <Items {...p} list={section.list} /> : section.fields.map((f) => <FieldOf key={f.name} {...p} field={f} path={f.name} />)}
      <p className="note">{w.t('form.more')}</p>
    </>
  )
}

function Note({ problems }: { problems: readonly Problem[] }) {
  const w = useWords()
  if (problems.length === 0) return null
  return <ul className="field-error">{problems.map((p, i) => <li key={i}>{w.said(p.sentence)} {w.said(p.remedy)}</li>)}</ul>
}

function Items({ section, document, problems, edit, readOnly, list }: Props & { list: string }) {
  const w = useWords()
  const items = (value(document, list) as Record<string, unknown>[] | null | undefined) ?? []
  const [opened, setOpened] = useState<Record<number, boolean>>({})
  const last = useRef(items.length)
  const [removing, setRemoving] = useState<number>()
  const listRef = useRef<HTMLUListElement>(null)
  const focusNew = useRef(false)
  useEffect(() => {
    // A new item opens by itself, with the focus in its first field.
    if (focusNew.current && items.length > last.current) {
      focusNew.current = false
      setOpened((o) => ({ ...o, [items.length - 1]: true }))
      requestAnimationFrame(() => listRef.current?.lastElementChild?.querySelector<HTMLElement>('input')?.focus())
    }
    last.current = items.length
  }, [items.length])
  return (
    <>
      {items.length === 0 && <Empty title={w.code('empty', section.id)} />}
      <ul className="items" ref={listRef}>
        {items.map((item, i) => {
          const path = `${list}[${i}]`
          const own = problems.filter((p) => within(p.path, path))
          const exact = own.filter((p) => p.path === path)
          const id = identity(item)
          const name = typeof item['name'] === 'string' ? item['name'] : ''
          const open = opened[i] ?? (own.length > 0 && items.length < 12)
          return (
            <li key={i}>
              <details open={open} onToggle={(e) => { const is = e.currentTarget.open; setOpened((o) => ({ ...o, [i]: is })) }}>
                <summary><span className="strong">{name || id || w.t('form.unnamed')}</span>{name && id && id !== name && <span className="note mono">{id}</span>}
                  {own.length > 0 && <Chip tone="danger">{w.n('problems', own.length)}</Chip>}</summary>
                {open && (
                  <div className="item-body">
                    <Note problems={exact} />
                    {section.fields.map((f) => <FieldOf key={f.name} section={section} document={document} problems={problems} edit={edit} readOnly={readOnly} field={f} path={`${path}.${f.name}`} />)}
                    {!readOnly && (removing === i
                      ? <p className="row-actions"><span>{w.t('form.remove.sure', { name: name || id })}</span>
                        <Button small tone="danger" autoFocus onPress={() => { setRemoving(undefined); setOpened({}); edit([{ op: 'remove', path }]) }}>{w.t('form.remove')}</Button>
                        <Button small onPress={() => setRemoving(undefined)}>{w.t('cancel')}</Button></p>
                      : <Button small icon={Trash2} onPress={() => setRemoving(i)}>{w.t('form.remove')}</Button>)}
                  </div>
                )}
              </details>
            </li>
          )
        })}
      </ul>
      {!readOnly && <Button icon={Plus} onPress={() => { focusNew.current = true; edit([{ op: 'add', path: list, value: { ...section.blank } }]) }}>{w.code('add', section.id)}</Button>}
    </>
  )
}

function refs(w: Words, document: unknown, field: FieldSpec): { id: string; label: string }[] {
  const items = (value(document, field.from ?? '') as Record<string, unknown>[] | null | undefined) ?? []
  return items.map((x) => {
    const id = identity(x)
    const name = typeof x['name'] === 'string' ? x['name'] : ''
    return { id, label: name && name !== id ? `${name} (${id})` : id || w.t('form.unnamed') }
  })
}

function FieldOf({ section, field, path, document, problems, edit, readOnly }: Props & { field: FieldSpec; path: string }) {
  const w = useWords()
  const is = value(document, path)
  const key = fieldKey(section, field)
  const label = w.t(key)
  const help = w.has(`${key}.help`) ? w.code('field', `${key.slice(6)}.help`) : w.has(`kind.${field.kind}.help`) ? w.code('kind', `${field.kind}.help`) : undefined
  const own = problems.filter((p) => within(p.path, path))
  const error = own.length > 0 ? own.map((p) => `${w.said(p.sentence)} ${w.said(p.remedy)}`).join(' · ') : undefined
  const set = (v: unknown) => edit([{ op: 'set', path, value: v }])
  const anchor = { 'data-path': path }

  switch (field.kind) {
    case 'switch':
      return (
        <div className="field" {...anchor}>
          <Checkbox className="check" isSelected={is === true} isReadOnly={readOnly} onChange={set}>
            <span className="check-box">{is === true && <Check size={14} strokeWidth={3} aria-hidden="true" />}</span>{label}
          </Checkbox>
          {help && <span className="help">{help}</span>}{error && <span className="field-error">{error}</span>}
        </div>
      )
    case 'choice':
      return <Choice anchor={path} label={label} help={help} error={error} readOnly={readOnly} value={String(is ?? '')} onChange={set}
        options={(field.choices ?? []).map((c) => ({ id: c, label: choiceWords(w, key, c) }))} />
    case 'one':
      return <Choice anchor={path} label={label} help={help} error={error} readOnly={readOnly} value={String(is ?? '')} onChange={set}
        options={[{ id: '', label: w.t('none') }, ...refs(w, document, field)]} />
    case 'many':
    case 'choices': {
      const options = field.kind === 'many' ? refs(w, document, field) : (field.choices ?? []).map((c) => ({ id: c, label: choiceWords(w, key, c) }))
      const chosen = Array.isArray(is) ? is.map(String) : []
      const all = [...options, ...chosen.filter((c) => !options.some((o) => o.id === c)).map((c) => ({ id: c, label: c }))]
      return (
        <CheckboxGroup className="field" {...anchor} value={chosen} isReadOnly={readOnly} onChange={(v) => set(all.map((o) => o.id).filter((id) => v.includes(id)))}>
          <Label>{label}</Label>
          <div className="checks">{all.map((o) => <Checkbox key={o.id} className="check" value={o.id}>{({ isSelected }) => <><span className="check-box">{isSelected && <Check size={14} strokeWidth={3} aria-hidden="true" />}</span>{o.label}</>}</Checkbox>)}</div>
          {help && <span className="help">{help}</span>}{error && <span className="field-error">{error}</span>}
        </CheckboxGroup>
      )
    }
    case 'secret':
      return <SecretField anchor={path} label={label} help={help} error={error} readOnly={readOnly} is={String(is ?? '')} set={set} />
    default:
      return <Typed anchor={path} field={field} label={label} help={help} error={error} readOnly={readOnly} is={is} set={set} />
  }
}

function choiceWords(w: Words, key: string, code: string): string {
  const k = `${key}.${code || 'empty'}`
  return w.has(k) ? w.code('field', k.slice(6)) : code || w.t('choice.profile')
}

type Common = { anchor: string; label: string; help: string | undefined; error: string | undefined; readOnly: boolean }

function Choice({ anchor, label, help, error, readOnly, value: is, onChange, options }: Common & { value: string; onChange: (v: string) => void; options: { id: string; label: string }[] }) {
  const id = useId()
  const all = options.some((o) => o.id === is) ? options : [...options, { id: is, label: is }]
  return (
    <div className="field" data-path={anchor}>
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={is} disabled={readOnly} aria-invalid={error ? true : undefined} aria-describedby={`${id}-help`} onChange={(e) => onChange(e.target.value)}>
        {all.map((o) => <option key={o.id} value={o.id}>{o.label}</option>)}
      </select>
      <span id={`${id}-help`}>{help && <span className="help">{help}</span>}{error && <span className="field-error">{error}</span>}</span>
    </div>
  )
}

/** show and read are how a value stands in its field. */
export function show(field: FieldSpec, v: unknown): string {
  if (v === undefined || v === null) return ''
  if (field.kind === 'list') return Array.isArray(v) ? v.join(', ') : ''
  return field.kind === 'duration' ? shortDuration(String(v)) : String(v)
}

export function read(field: FieldSpec, text: string): unknown {
  const t = text.trim()
  if (field.kind === 'list') return t.split(/[\s,;]+/).filter(Boolean)
  // What is no number goes as it was typed: the check says so in its own words.
  if (field.kind === 'number') return /^-?\d{1,9}$/.test(t) ? Number(t) : t
  if (field.kind === 'duration') return t === '' || t === '0' ? '0s' : t
  return t
}

/** Typed takes what is typed when the field is left, and Escape takes it back. */
function Typed({ anchor, field, label, help, error, readOnly, is, set }: Common & { field: FieldSpec; is: unknown; set: (v: unknown) => void }) {
  const given = show(field, is)
  const [text, setText] = useState(given)
  const [touched, setTouched] = useState(false)
  const w = useWords()
  useEffect(() => {
    if (!touched) setText(given)
  }, [given, touched])
  const numberWrong = field.kind === 'number' && touched && text.trim() !== '' && !/^-?\d{1,9}$/.test(text.trim())
  const leave = () => {
    if (numberWrong) return
    setTouched(false)
    if (text.trim() !== given.trim()) set(read(field, text))
  }
  return (
    <div data-path={anchor}>
      <Field label={label} help={help} error={numberWrong ? w.t('form.number') : error} value={text} isReadOnly={readOnly} mono={['name', 'id'].includes(field.name) ? false : field.kind === 'list'}
        onChange={(v) => { setTouched(true); setText(v) }} onBlur={leave} autoComplete="off"
        {...(field.kind === 'number' ? { inputMode: 'numeric' as const } : {})}
        onKeyDown={(e) => {
          if (e.key === 'Enter') leave()
          if (e.key === 'Escape' && touched) { setTouched(false); setText(given); e.stopPropagation() }
        }} />
    </div>
  )
}

/** SecretField never shows the password that is; a new one is shown to who makes it, once. */
function SecretField({ anchor, label, help, error, readOnly, is, set }: Common & { is: string; set: (v: unknown) => void }) {
  const w = useWords()
  const [fresh, setFresh] = useState<string>()
  const [typed, setTyped] = useState(false)
  const editing = fresh !== undefined
  return (
    <div className="secret" data-path={anchor}>
      <Field label={label} help={editing && !typed ? w.t('secret.note') : help} error={error} isReadOnly={readOnly || !editing} mono
        type={editing && !typed ? 'text' : 'password'} autoComplete="new-password" value={editing ? fresh : is ? MASK : ''}
        onChange={(v) => { setTyped(true); setFresh(v) }} onBlur={() => { if (fresh && typed) { set(fresh); setFresh(undefined) } }}
        after={!readOnly && <>
          {!editing && <Button small onPress={() => { setTyped(true); setFresh('') }}>{w.t(is ? 'secret.change' : 'secret.type')}</Button>}
          <Button small icon={Dices} onPress={() => { const made = password(); setTyped(false); setFresh(made); set(made) }}>{w.t('secret.make')}</Button>
        </>} />
    </div>
  )
}
