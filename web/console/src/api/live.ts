import type { LiveEvent } from './types'

// One stream for the whole page. It only says what may be asked for again: whoever misses an event asks later, by the poll.

type Heard = (e: LiveEvent) => void

const heard = new Set<Heard>()
let source: EventSource | undefined
let looking = ''
let again: ReturnType<typeof setTimeout> | undefined

/** watch calls back for each event until the function it returns is called. */
export function watch(h: Heard): () => void {
  heard.add(h)
  return () => heard.delete(h)
}

/** look opens the stream; with a site, its box sends its status every two seconds while somebody looks. */
export function look(site: string) {
  if (source && looking === site) return
  close()
  looking = site
  open()
}

/** close ends the stream: nobody is signed in. */
export function close() {
  clearTimeout(again)
  source?.close()
  source = undefined
}

function open() {
  source = new EventSource(`/api/live${looking ? `?site=${encodeURIComponent(looking)}` : ''}`)
  source.addEventListener('change', (e) => {
    try {
      const event = JSON.parse((e as MessageEvent<string>).data) as LiveEvent
      heard.forEach((h) => h(event))
    } catch {
      // Not an event of ours: the poll will find what changed.
    }
  })
  source.onerror = () => {
    // The browser tries again by itself unless the answer was no stream at all; then the page does, slowly.
    if (source?.readyState !== EventSource.CLOSED) return
    source = undefined
    again = setTimeout(open, 15_000)
  }
}
