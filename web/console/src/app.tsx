import { useCallback, useEffect, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import { api, Refused, whenSignedOut } from './api/client'
import { forget } from './api/load'
import { close, look } from './api/live'
import type { Session } from './api/types'
import { clock } from './time'
import { go, href, useRoute } from './route'
import { useWords } from './words'
import { Empty, Loading, Trouble } from './ui/parts'
import { Shell } from './shell/shell'
import { Gate } from './pages/gate'
import { SitesPage } from './pages/sites'
import { SitePage } from './pages/site'
import { PeoplePage } from './pages/people'
import { JournalPage } from './pages/journal'

type Door = { is: 'opening' } | { is: 'setup' } | { is: 'out'; expired: boolean } | { is: 'in'; session: Session } | { is: 'trouble'; error: unknown }

/** App is the page: who is there, and where they are. The address stays while they sign in, so they come back to it. */
export function App() {
  const w = useWords()
  const [door, setDoor] = useState<Door>({ is: 'opening' })
  const coded = useRoute().page === 'setup'

  const enter = useCallback((session: Session) => {
    clock.set(session.now)
    setDoor({ is: 'in', session })
  }, [])

  const knock = useCallback(async () => {
    setDoor({ is: 'opening' })
    try {
      enter(await api.session())
    } catch (e) {
      if (!(e instanceof Refused) || e.status !== 401) return setDoor({ is: 'trouble', error: e })
      try {
        setDoor((await api.setupNeeded()).needed ? { is: 'setup' } : { is: 'out', expired: false })
      } catch (second) {
        setDoor({ is: 'trouble', error: second })
      }
    }
  }, [enter])

  useEffect(() => {
    document.documentElement.lang = w.language
  }, [w.language])

  useEffect(() => {
    whenSignedOut(() => setDoor((d) => (d.is === 'in' ? { is: 'out', expired: true } : d)))
    void knock()
  }, [knock])

  const inside = door.is === 'in'
  useEffect(() => {
    if (!inside) close()
  }, [inside])

  const leave = useCallback(() => {
    api.signOut().then(
      () => { forget(); setDoor({ is: 'out', expired: false }) },
      () => setDoor({ is: 'out', expired: false }),
    )
  }, [])

  return (
    <I18nProvider locale={w.language === 'fr' ? 'fr-FR' : 'en-GB'}>
      {door.is === 'opening' && <main className="gate"><Loading /></main>}
      {door.is === 'trouble' && <main className="gate"><h1 className="hidden">Autocom</h1><Trouble error={door.error} retry={() => void knock()} /></main>}
      {door.is === 'setup' && <Gate by="first" expired={false} onEnter={enter} />}
      {door.is === 'out' && <Gate key={coded ? 'code' : 'password'} by={coded ? 'code' : 'password'} expired={door.expired} onEnter={(s) => { forget(); enter(s) }} />}
      {door.is === 'in' && <Inside session={door.session} onLeave={leave} />}
    </I18nProvider>
  )
}

function Inside({ session, onLeave }: { session: Session; onLeave: () => void }) {
  const w = useWords()
  const route = useRoute()
  const site = route.page === 'site' ? route.site : ''
  useEffect(() => look(site), [site])
  // Who is in needs no code.
  const setup = route.page === 'setup'
  useEffect(() => { if (setup) go(href()) }, [setup])
  return (
    <Shell session={session} route={route} onLeave={onLeave}>
      {(route.page === 'sites' || setup) && <SitesPage session={session} />}
      {route.page === 'people' && <PeoplePage session={session} />}
      {route.page === 'journal' && <JournalPage />}
      {route.page === 'site' && <SitePage key={route.site} site={route.site} tab={route.tab} item={route.item} session={session} />}
      {route.page === 'unknown' && <Empty whole title={w.t('unknown.title')}><p><a href="#/sites">{w.t('unknown.back')}</a></p></Empty>}
    </Shell>
  )
}
