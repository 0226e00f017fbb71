import { Sheet } from '../ui/sheet'
import { Keycap } from '../ui/parts'
import { useWords, type Key } from '../words'

const KEYS: readonly { group: Key; keys: readonly [string[], Key][] }[] = [
  { group: 'keys.everywhere', keys: [[['?'], 'keys.help'], [['Esc'], 'keys.close']] },
  { group: 'keys.lists', keys: [[['↑', '↓'], 'keys.move'], [['⏎'], 'keys.open'], [['/'], 'keys.filter'], [['R'], 'keys.order']] },
  { group: 'keys.settings', keys: [[['Ctrl', 'S'], 'keys.save'], [['P'], 'keys.publish'], [['Ctrl', '⏎'], 'keys.go']] },
]

/** KeyHelp lists what the keyboard does. */
export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords()
  return (
    <Sheet shape="middle" title={w.t('keys.title')} note={w.t('keys.note')} open={open} onClose={onClose}>
      {KEYS.map(({ group, keys }) => (
        <section key={group} className="keys">
          <h3>{w.t(group)}</h3>
          <dl>{keys.map(([caps, what]) => <div key={what}><dt>{caps.map((c) => <Keycap key={c}>{c}</Keycap>)}</dt><dd>{w.t(what)}</dd></div>)}</dl>
        </section>
      ))}
    </Sheet>
  )
}
