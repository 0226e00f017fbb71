import { useCallback, useEffect, useRef, useState } from 'react'
import { api, Refused } from '../api/client'
import { useLoad } from '../api/load'
import type { Draft, Edit } from '../api/types'

/** Work is what was done to a draft and not taken: edits of fields, or the whole text. */
export type Work = { edits: Edit[] } | { text: string }

export interface DraftWork {
  draft: Draft | undefined
  loading: unknown // error of the first load
  saving: boolean
  failed: unknown // the last save's error
  lost: Work | undefined // what somebody else's change pushed aside
  edit: (edits: Edit[]) => void
  write: (text: string) => void
  settle: () => Promise<Draft | undefined> // after everything that waits was saved
  again: () => void
  restore: (keep: boolean) => void
  drop: () => Promise<void>
  reload: () => void
}

/** useDraft saves edits one request after the other, each with the tag of the answer before. */
export function useDraft(site: string): DraftWork {
  const { data, error, put, reload } = useLoad(`draft:${site}`, () => api.draft(site), { site, what: ['revision'] })
  const [saving, setSaving] = useState(false)
  const [failed, setFailed] = useState<unknown>()
  const [lost, setLost] = useState<Work>()
  const latest = useRef<Draft>(undefined)
  const waiting = useRef<Work[]>([])
  const running = useRef<Promise<void>>(undefined)
  useEffect(() => {
    if (!running.current && data) latest.current = data
  }, [data])

  const run = useCallback(async () => {
    setSaving(true)
    setFailed(undefined)
    try {
      for (let work = waiting.current.shift(); work; work = waiting.current.shift()) {
        // Edits that wait go together; of texts only the last counts.
        for (let next = waiting.current[0]; next && 'edits' in next === 'edits' in work; next = waiting.current[0]) {
          if ('edits' in work && 'edits' in next && work.edits.length + next.edits.length > 200) break
          waiting.current.shift()
          work = 'edits' in work && 'edits' in next ? { edits: [...work.edits, ...next.edits] } : next
        }
        const tag = latest.current?.tag ?? ''
        try {
          latest.current = 'edits' in work ? await api.saveEdits(site, tag, work.edits) : await api.saveText(site, tag, work.text)
          put(latest.current)
        } catch (e) {
          if (e instanceof Refused && e.status === 409) {
            const rest = waiting.current.splice(0)
            setLost([work, ...rest].reduce((a, b) => ('edits' in a && 'edits' in b ? { edits: [...a.edits, ...b.edits] } : b)))
            latest.current = await api.draft(site)
            put(latest.current)
            return
          }
          waiting.current.unshift(work)
          throw e
        }
      }
    } catch (e) {
      setFailed(e)
      // What the server understood and would not take does not come back by itself.
      if (e instanceof Refused && e.status < 500 && e.status !== 401 && e.status !== 429) waiting.current.length = 0
    } finally {
      setSaving(false)
    }
  }, [site, put])

  const start = useCallback(() => {
    running.current ??= run().finally(() => {
      running.current = undefined
      if (waiting.current.length > 0) setSaving(false)
    })
    return running.current
  }, [run])

  const push = useCallback((work: Work) => {
    waiting.current.push(work)
    void start()
  }, [start])

  return {
    draft: data, loading: error, saving, failed, lost, reload,
    edit: useCallback((edits) => push({ edits }), [push]),
    write: useCallback((text) => push({ text }), [push]),
    settle: useCallback(async () => {
      if (waiting.current.length > 0 || running.current) await start()
      return latest.current
    }, [start]),
    again: useCallback(() => void start(), [start]),
    restore: (keep) => {
      if (keep && lost) push(lost)
      setLost(undefined)
    },
    drop: async () => {
      try {
        latest.current = await api.dropDraft(site, latest.current?.tag ?? '')
        put(latest.current)
        setFailed(undefined)
      } catch (e) {
        setFailed(e)
        reload()
      }
    },
  }
}
