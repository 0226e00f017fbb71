import { useId, type ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components'
import {
  ArrowRight, CircleAlert, CircleCheck, CircleDashed, CircleX, CloudOff, FlaskConical, RotateCw, TriangleAlert, type LucideIcon,
} from 'lucide-react'
import { useNow, useWords } from '../words'
import { Refused } from '../api/client'
import type { Health, Level, Problem } from '../api/types'

export type Tone = 'success' | 'attention' | 'danger' | 'info' | 'quiet' | 'accent'

/** Icon stands beside a word that says the same. */
export function Icon({ of: Of, tone, size = 16 }: { of: LucideIcon; tone?: Tone; size?: number }) {
  return <Of className={tone ? `icon ink-${tone}` : 'icon'} size={size} strokeWidth={1.75} aria-hidden="true" />
}

/** Button is a control with a word. While it is pending it stays where it is, and whoever made it takes no second press. */
export function Button({ tone, icon, small, children, className = '', isPending, ...props }: Omit<ButtonProps, 'children' | 'className'> & {
  tone?: 'primary' | 'plain' | 'danger'; icon?: LucideIcon; small?: boolean; children?: ReactNode; className?: string
}) {
  return (
    <AriaButton {...props} className={`button ${tone ?? ''} ${small ? 'small' : ''} ${isPending ? 'pending' : ''} ${className}`}>
      {icon && <Icon of={icon} size={small ? 16 : 18} />}
      {children}
    </AriaButton>
  )
}

export function Chip({ tone = 'quiet', icon, children }: { tone?: Tone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span className={`chip chip-${tone}`}>
      {icon && <Icon of={icon} size={14} />}
      <span>{children}</span>
    </span>
  )
}

export function Keycap({ children }: { children: ReactNode }) {
  return <kbd className="keycap">{children}</kbd>
}

export const LEVELS: readonly Level[] = ['down', 'attention', 'offline', 'trial', 'new', 'good']
const LEVEL_LOOKS: Record<Level, { icon: LucideIcon; tone: Tone }> = {
  down: { icon: CircleX, tone: 'danger' },
  attention: { icon: TriangleAlert, tone: 'attention' },
  offline: { icon: CloudOff, tone: 'quiet' },
  trial: { icon: FlaskConical, tone: 'info' },
  new: { icon: CircleDashed, tone: 'quiet' },
  good: { icon: CircleCheck, tone: 'success' },
}

export function levelLook(level: Level) {
  return LEVEL_LOOKS[level] ?? LEVEL_LOOKS.attention
}

/** HealthChip says how a site is in one word. */
export function HealthChip({ health }: { health: Health }) {
  const w = useWords()
  const look = levelLook(health.level)
  return <Chip tone={look.tone} icon={look.icon}>{w.code('level', health.level)}</Chip>
}

/** HealthCell says it with its first cause. */
export function HealthCell({ health }: { health: Health }) {
  const w = useWords()
  const look = levelLook(health.level)
  const reason = health.reasons?.[0]
  return (
    <span className="health">
      <Icon of={look.icon} tone={look.tone} />
      <span>
        <strong className={`ink-${look.tone}`}>{w.code('level', health.level)}</strong>
        {reason && <small>{reasonWords(w, reason)}</small>}
      </span>
    </span>
  )
}

export function reasonWords(w: ReturnType<typeof useWords>, r: { code: string; args?: Record<string, string>; since?: number }): string {
  const sentence = w.code('reason', r.code, r.args)
  return r.since ? w.t('reason.since', { sentence, since: w.moment(r.since) }) : sentence
}

/** Ago is a time that ticks. */
export function Ago({ at, never }: { at: number; never?: string }) {
  const w = useWords()
  const now = useNow()
  if (!at) return <>{never ?? '–'}</>
  const text = now - at < 3_600_000 ? w.ago(at) : w.moment(at)
  return <time dateTime={new Date(at).toISOString()} title={w.moment(at)}>{text}</time>
}

/** Ratio writes 31/32, and marks what lacks. */
export function Ratio({ up, of, label }: { up: number; of: number; label: string }) {
  const tone = of > 0 && up < of ? (up === 0 ? 'ink-danger' : 'ink-attention') : of === 0 ? 'ink-quiet' : ''
  return <span className={`figure ${tone} ${tone && of > 0 ? 'strong' : ''}`}><span aria-hidden="true">{up}/{of}</span><span className="hidden">{label}</span></span>
}

export function Meter({ label, value, text, high }: { label: string; value: number; text: string; high: number }) {
  const part = Math.max(0, Math.min(1, value))
  return (
    <div className="meter-row">
      <span>{label}</span>
      <svg className={part >= high ? 'meter over' : 'meter'} role="meter" aria-label={label} aria-valuenow={Math.round(part * 100)} aria-valuemin={0}
        aria-valuemax={100} aria-valuetext={text} viewBox="0 0 100 6" preserveAspectRatio="none">
        <rect className="meter-ground" width="100" height="6" rx="3" />
        <rect className="meter-fill" width={part * 100} height="6" rx="3" />
      </svg>
      <span className="figure">{text}</span>
    </div>
  )
}

/** Sparkline draws a series on a shared scale; its sentence says it to who does not see it. */
export function Sparkline({ values, top, label, until }: { values: number[]; top: number; label: string; until: number }) {
  const shown = values.slice(0, until + 1)
  const x = (i: number) => 2 + (i / Math.max(1, values.length - 1)) * 104
  const y = (v: number) => 24 - (v / Math.max(1, top)) * 20
  const last = shown.length - 1
  return (
    <svg className="sparkline" role="img" aria-label={label} viewBox="0 0 112 28" width="112" height="28">
      <line className="spark-base" x1="2" x2="106" y1="26.5" y2="26.5" />
      {shown.length > 1 && <polyline points={shown.map((v, i) => `${x(i)},${y(v)}`).join(' ')} />}
      {shown.length > 0 && <circle cx={x(last)} cy={y(shown[last] ?? 0)} r="2.5" />}
    </svg>
  )
}

export function Card({ title, note, action, children, edge, className = '' }: {
  title: ReactNode; note?: ReactNode; action?: ReactNode; children: ReactNode; edge?: 'danger' | 'attention' | 'info'; className?: string
}) {
  const id = useId()
  return (
    <section className={`card ${edge ? `edge-${edge}` : ''} ${className}`} aria-labelledby={id}>
      <header><h2 id={id}>{title}</h2>{note && <span className="note">{note}</span>}{action && <span className="card-action">{action}</span>}</header>
      {children}
    </section>
  )
}

export function Empty({ title, children, icon, whole }: { title: string; children?: ReactNode; icon?: LucideIcon; whole?: boolean }) {
  return <div className="empty">{icon && <Icon of={icon} size={28} />}{whole ? <h1 className="empty-title">{title}</h1> : <p className="empty-title">{title}</p>}{children}</div>
}

/** Loading stays empty for a moment: most loads are over by then. */
export function Loading() {
  const w = useWords()
  return <p className="loading" role="status">{w.t('loading')}</p>
}

/** explain says what happened and what to do about it. */
export function explain(w: ReturnType<typeof useWords>, error: unknown): { title: string; remedy: string; problems: Problem[] } {
  if (error instanceof Refused) {
    const f = error.failure
    const key = `failure.${f.code}`
    const byStatus = `failure.http.${error.status}`
    const title = w.has(key) ? w.code('failure', f.code) : w.said(f.sentence) || (w.has(byStatus) ? w.code('failure', `http.${error.status}`) : w.t('failure.other', { status: error.status }))
    const remedyKey = `failure.${f.code}.remedy`
    const wait = error.retryAfter ? w.t('failure.wait', { span: w.span(error.retryAfter * 1000) }) : ''
    return { title, remedy: [w.has(remedyKey) ? w.code('failure', `${f.code}.remedy`) : w.said(f.remedy ?? ''), wait].filter(Boolean).join(' '), problems: f.problems ?? [] }
  }
  return { title: w.t('failure.unreached'), remedy: w.t('failure.unreached.remedy'), problems: [] }
}

export function Trouble({ error, retry, inline }: { error: unknown; retry?: () => void; inline?: boolean }) {
  const w = useWords()
  const { title, remedy, problems } = explain(w, error)
  return (
    <div className={inline ? 'trouble inline' : 'trouble'} role="alert">
      <Icon of={CircleAlert} tone="danger" size={20} />
      <div>
        <p className="strong">{title}</p>
        {remedy && <p>{remedy}</p>}
        {problems.length > 0 && <ul className="plain-list">{problems.map((p, i) => <li key={i}><ProblemWords problem={p} /></li>)}</ul>}
        {retry && <p><Button icon={RotateCw} small onPress={retry}>{w.t('retry')}</Button></p>}
      </div>
    </div>
  )
}

export function ProblemWords({ problem }: { problem: Problem }) {
  const w = useWords()
  return (
    <>
      <span className="strong">{w.said(problem.sentence)}</span>
      {problem.remedy && <small>{w.said(problem.remedy)}</small>}
      {problem.path && <small className="mono">{problem.path}</small>}
    </>
  )
}

export function WasIs({ was, is }: { was: string; is: string }) {
  const w = useWords()
  return (
    <span className="was-is">
      {was ? <del><span className="hidden">{w.t('diff.was')} </span>{was}</del> : <span className="ink-quiet">{w.t('diff.new')}</span>}
      <Icon of={ArrowRight} size={14} />
      {is ? <ins><span className="hidden">{w.t('diff.is')} </span>{is}</ins> : <span className="ink-quiet">{w.t('diff.gone')}</span>}
    </span>
  )
}
