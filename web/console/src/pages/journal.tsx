import { useState } from 'react'
import { CircleX, ScrollText } from 'lucide-react'
import { api } from '../api/client'
import { useLoad } from '../api/load'
import type { Deed } from '../api/types'
import { href } from '../route'
import { Button, Empty, Icon, Loading, Trouble } from '../ui/parts'
import { useWords, type Words } from '../words'

const PAGE = 50

/** deedWords says what somebody did, or tried. */
export function deedWords(w: Words, d: Deed): string {
  const args = d.detail ? { detail: d.detail } : {}
  const tried = /^(.*)\.refused$/.exec(d.what)
  if (!tried || w.has(`deed.${d.what}`)) {
    return w.code('deed', d.what, d.what === 'setup' && d.detail ? { detail: w.code('role', d.detail) } : args)
  }
  // What was refused keeps the refusal's code, not what it was about.
  const why = d.detail && w.has(`failure.${d.detail}`) ? w.code('failure', d.detail).replace(/\.$/, '') : d.detail
  return w.t('journal.refused', { what: w.code('deed', tried[1]!), why })
}

/** JournalPage lists who did what and when, the newest first. */
export function JournalPage() {
  const w = useWords()
  const { data, error, reload } = useLoad('journal', () => api.journal(0, PAGE), { pollMS: 15_000 })
  const sites = useLoad('sites', api.sites, { pollMS: 15_000 })
  const [older, setOlder] = useState<{ deeds: Deed[]; more: boolean }>()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<unknown>()
  if (!data) return error ? <Trouble error={error} retry={reload} /> : <Loading />
  const names = new Map((sites.data?.sites ?? []).map((s) => [s.id, s.name]))
  const deeds = [...new Map([...(data.deeds ?? []), ...(older?.deeds ?? [])].map((d) => [d.n, d])).values()].toSorted((a, b) => b.n - a.n)
  const more = older ? older.more : data.more

  async function load() {
    if (busy) return
    setBusy(true)
    setFailed(undefined)
    try {
      const next = await api.journal(deeds.at(-1)!.n, PAGE)
      setOlder({ deeds: [...deeds, ...(next.deeds ?? [])], more: next.more })
    } catch (e) {
      setFailed(e)
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="page">
      <div className="page-head"><div className="title"><h1>{w.t('journal.title')}</h1><span className="note">{w.t('journal.note')}</span></div></div>
      {deeds.length === 0 ? <Empty icon={ScrollText} title={w.t('journal.none')} /> : (
        <div className="card table-card">
          <table className="table plain journal-table">
            <thead><tr><th scope="col">{w.t('journal.when')}</th><th scope="col">{w.t('journal.who')}</th><th scope="col">{w.t('journal.what')}</th><th scope="col">{w.t('journal.site')}</th><th scope="col">{w.t('journal.address')}</th></tr></thead>
            <tbody>{deeds.map((d) => (
              <tr key={d.n}>
                <td className="cell-when"><time dateTime={new Date(d.at).toISOString()}>{w.moment(d.at)}</time></td>
                <td className="cell-who">{d.who}</td>
                <td className="cell-what">{d.what.endsWith('.refused') && <Icon of={CircleX} tone="attention" />} {deedWords(w, d)}</td>
                <td className="cell-where">{d.site && (names.has(d.site) ? <a href={href(d.site)}>{names.get(d.site)}</a> : d.site)}</td>
                <td className="cell-from figure">{d.address}</td>
              </tr>
            ))}</tbody>
          </table>
          <p className="table-foot"><span role="status">{w.n('journal.shown', deeds.length)}</span>{more && <Button small isPending={busy} onPress={() => void load()}>{w.t('journal.more')}</Button>}</p>
        </div>
      )}
      {failed !== undefined && <Trouble error={failed} inline retry={() => void load()} />}
    </div>
  )
}
