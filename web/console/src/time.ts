// Time as the page shows it: by the server's clock, with figures that keep their width.

/** clock follows the server's: the browser's may be wrong by hours. */
export const clock = {
  offset: 0,
  set(serverNow: number) {
    this.offset = serverNow - Date.now()
  },
  now(): number {
    return Date.now() + this.offset
  },
}

/** duration writes a span in ms as mm:ss, or h:mm:ss from an hour on. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const h = Math.floor(s / 3600)
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${two(Math.floor(s / 60))}:${two(s % 60)}`
}

/** Span is a length of time in its one or two largest units. */
export interface Span { unit: 's' | 'min' | 'h' | 'd'; value: number; rest: number }

/** span cuts a length of time in ms for "il y a 9 s", "3 h 24", "1 j 12 h". */
export function span(ms: number): Span {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return { unit: 's', value: s, rest: 0 }
  if (s < 3600) return { unit: 'min', value: Math.floor(s / 60), rest: s % 60 }
  if (s < 86_400) return { unit: 'h', value: Math.floor(s / 3600), rest: Math.floor(s / 60) % 60 }
  return { unit: 'd', value: Math.floor(s / 86_400), rest: Math.floor(s / 3600) % 24 }
}

/** goDuration reads "1m30s", "500ms" or "0s" as ms; NaN when it is none. */
export function goDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text) && text !== '0') return NaN
  let ms = 0
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    ms += Number(n) * { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[unit as 'h' | 'm' | 's' | 'ms']
  }
  return ms
}

/** shortDuration writes what Go writes as "3m0s" as people would: "3m". */
export function shortDuration(text: string): string {
  const ms = goDuration(text)
  if (Number.isNaN(ms) || text === '0') return text
  if (ms === 0) return '0s'
  if (ms % 1000 !== 0) return text
  const s = ms / 1000
  return [[Math.floor(s / 3600), 'h'], [Math.floor(s / 60) % 60, 'm'], [s % 60, 's']].map(([n, u]) => (n ? `${n}${u}` : '')).join('')
}
