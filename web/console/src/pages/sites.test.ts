import { expect, test } from 'vitest'
import type { Level, QueueView, SiteRow } from '../api/types'
import { byGravity, inView, ordered, plain } from './sites'
import { serviceLevel } from './overview'

const row = (id: string, level: Level) => ({ id, name: id, health: { level, reasons: [] } }) as unknown as SiteRow

test('the worst comes first, then the name', () => {
  const rows = [row('b', 'good'), row('a', 'good'), row('z', 'down'), row('y', 'offline'), row('x', 'attention')]
  expect(rows.toSorted(byGravity).map((r) => r.id)).toEqual(['z', 'x', 'y', 'a', 'b'])
})

test('rows stay where they stood when their state changes, and new ones come last', () => {
  const order = ['a', 'b', 'c']
  expect(ordered([row('c', 'down'), row('new', 'down'), row('a', 'good'), row('b', 'good')], order).map((r) => r.id)).toEqual(['a', 'b', 'c', 'new'])
})

test('a view holds what it says', () => {
  expect([inView('todo', row('a', 'attention')), inView('todo', row('a', 'offline')), inView('offline', row('a', 'offline')), inView('all', row('a', 'new'))]).toEqual([true, false, true, true])
})

test('the filter ignores accents and case', () => expect(plain('Éléonore')).toBe('eleonore'))

test('the service level leaves out who came while closed and who left at once, and has no value without callers', () => {
  const q = (received: number, within: number, closed: number, short: number, in_progress: number) => ({ today: { received, within, closed, short, in_progress } }) as QueueView
  expect(serviceLevel(q(112, 88, 0, 0, 2))).toBe(0.8)
  expect(serviceLevel(q(119, 88, 4, 3, 2))).toBe(0.8)
  expect(serviceLevel(q(5, 0, 3, 2, 0))).toBeUndefined()
})
