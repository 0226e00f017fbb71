import { describe, expect, test } from 'vitest'
import { duration, goDuration, shortDuration, span } from './time'
import { words } from './words'

describe('durations', () => {
  test.each([[0, '00:00'], [-5, '00:00'], [999, '00:00'], [52_000, '00:52'], [61_000, '01:01'], [3_599_999, '59:59'], [3_600_000, '1:00:00'], [36_061_000, '10:01:01']])('%d ms is %s', (ms, want) => expect(duration(ms)).toBe(want))
  test.each([['20s', 20_000], ['1m30s', 90_000], ['2h0m0s', 7_200_000], ['0s', 0], ['0', 0], ['500ms', 500], ['1.5s', 1500]])('%s is %d ms', (text, want) => expect(goDuration(text)).toBe(want))
  test.each(['', 'soon', '20', '20 s', '-5s', 's'])('%j is no duration', (text) => expect(goDuration(text)).toBeNaN())
  test.each([['3m0s', '3m'], ['2h0m0s', '2h'], ['1m30s', '1m30s'], ['0s', '0s'], ['0', '0'], ['90s', '1m30s'], ['soon', 'soon'], ['500ms', '500ms']])('%s is short as %s', (text, want) => expect(shortDuration(text)).toBe(want))
  test('a short duration is as long', () => {
    for (const d of ['3m0s', '2h0m0s', '1h1m1s', '59s']) expect(goDuration(shortDuration(d))).toBe(goDuration(d))
  })
})

describe('spans', () => {
  test.each([[9_000, 's', 9, 0], [59_999, 's', 59, 0], [60_000, 'min', 1, 0], [12_240_000, 'h', 3, 24], [129_600_000, 'd', 1, 12], [-1, 's', 0, 0]] as const)('%d ms', (ms, unit, value, rest) => expect(span(ms)).toEqual({ unit, value, rest }))
  test('in words', () => {
    expect(words('fr').span(12_240_000)).toBe('3\u00a0h\u00a024')
    expect(words('fr').span(129_600_000)).toBe('1\u00a0j\u00a012\u00a0h')
    expect(words('en').span(129_600_000)).toBe('1\u00a0d\u00a012\u00a0h')
  })
})
