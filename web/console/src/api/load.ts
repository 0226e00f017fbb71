import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { link, Refused, Unreached } from './client'
import { clock } from '../time'
import { watch } from './live'

export interface Loaded<T> {
  data: T | undefined
  error: Refused | Unreached | undefined
  at: number // when data came, by the server's clock
  reload: () => void
  put: (data: T) => void
}

// What was shown once is shown at once again, with its date, while the new one is on its way.
const kept = new Map<string, { data: unknown; at: number }>()
const shows = new Set<(name: string) => void>()

function keep(name: string, data: unknown) {
  kept.set(name, { data, at: clock.now() })
  shows.forEach((s) => s(name))
}

/** forget drops everything that was loaded: another person may sign in. */
export function forget() {
  kept.clear()
}

/**
 * useLoad fetches, keeps, and fetches again: when the live stream names the site, and every pollMS besides.
 * The name tells one thing from another; what says which events matter.
 */
export function useLoad<T>(name: string, fetcher: () => Promise<T>, o: { site?: string; what?: readonly string[]; pollMS?: number } = {}): Loaded<T> {
  const [, shown] = useState(0)
  const [error, setError] = useState<{ name: string; is: Refused | Unreached }>()
  const current = useRef({ name, fetcher, turn: 0 })
  if (current.current.name !== name) current.current.turn++
  current.current.name = name
  current.current.fetcher = fetcher

  const reload = useCallback(() => {
    const c = current.current
    const turn = ++c.turn
    const asked = c.name
    c.fetcher().then(
      (data) => {
        if (turn !== c.turn) return
        setError(undefined)
        keep(asked, data)
      },
      (e: unknown) => {
        if (turn !== c.turn) return
        setError({ name: asked, is: e instanceof Refused || e instanceof Unreached ? e : new Unreached() })
      },
    )
  }, [])

  const put = useCallback((data: T) => {
    const c = current.current
    c.turn++
    setError(undefined)
    keep(c.name, data)
  }, [])

  useEffect(() => {
    const show = (changed: string) => { if (changed === name) shown((n) => n + 1) }
    shows.add(show)
    return () => { shows.delete(show) }
  }, [name])

  const { site, pollMS } = o
  const what = o.what?.join(' ') ?? ''
  useEffect(() => {
    reload()
    let waiting: ReturnType<typeof setTimeout> | undefined
    const stop = what
      ? watch((e) => {
          if ((site && e.site && e.site !== site) || (e.what && !what.split(' ').includes(e.what)) || waiting) return
          waiting = setTimeout(() => {
            waiting = undefined
            reload()
          }, 250)
        })
      : undefined
    const poll = pollMS ? setInterval(() => { if (!document.hidden) reload() }, pollMS) : undefined
    const back = () => { if (!document.hidden && pollMS) reload() }
    document.addEventListener('visibilitychange', back)
    return () => {
      stop?.()
      clearInterval(poll)
      clearTimeout(waiting)
      document.removeEventListener('visibilitychange', back)
    }
  }, [name, site, what, pollMS, reload])

  const have = kept.get(name)
  return { data: have?.data as T | undefined, at: have?.at ?? 0, error: error?.name === name ? error.is : undefined, reload, put }
}

/** useLink says whether the page's own link is lost, and when data came last. */
export function useLink(): { lost: boolean; last: number } {
  const subscribe = useCallback((l: () => void) => {
    link.listeners.add(l)
    return () => link.listeners.delete(l)
  }, [])
  const lost = useSyncExternalStore(subscribe, () => link.lost)
  return { lost, last: link.last }
}
