// The pixel: what a site includes to tell the collector who came from where, and what they did. It needs no eval, no inline script and no element of its own, so a
// content security policy has to name the collector in script-src and connect-src only.

import { State, watch } from './consent'
import { watchForms } from './forms'
import { arrive, cut, decorate } from './link'
import { context, same, View, watchRoutes } from './page'
import { Call, newQueue } from './queue'
import { list, read, Settings, within } from './settings'
import { hashed } from './sha256'
import { newStore, site, uuid } from './store'

type Values = Record<string, unknown>

const VISITOR = 'trb_id'
const USER = 'trb_user'

function start(s: Settings): void {
  const w = window as any
  const store = newStore(s.storage)
  const collector = new URL(s.host).hostname
  // What brought the visitor here is in the first address. The site's own code may have tidied that away before we came, but the browser remembers.
  const linked = list(s.linkDomains)
  let inherited = arrive(linked)
  const entry: View = { url: cut((performance.getEntriesByType('navigation')[0] || {}).name || location.href), referrer: document.referrer }
  const pages = s.page != 'off'
  const hash = s.hash == 'email'
  let view = entry
  let state: State
  let waiting: Call[] = []

  const firstParty = (): boolean => s.storage == 'cookie' && (collector === location.hostname || within(collector, [site()]))
  // The collector repeats the id in a cookie of its own where it is first-party: some browsers soon forget what a script has set.
  const queue = newQueue(store, s, (path) => s.host + path + '?' + (firstParty() ? 'visitor=' + visitor() + '&' : ''), firstParty)

  function visitor(): string {
    const id = inherited || store.get(VISITOR) || uuid()
    inherited = undefined
    store.set(VISITOR, id) // Each time, so that a year is counted from the last visit.
    return id
  }

  function send(call: Call): void {
    call.anonymousId = visitor()
    if (call.userId) store.set(USER, '' + call.userId)
    else call.userId = store.get(USER)
    queue.push(call)
    dispatchEvent(new CustomEvent('tributary', { detail: call }))
  }

  function call(type: string, fields: Values): void {
    const c: Call = { type, messageId: uuid(), timestamp: new Date().toISOString(), ...fields, context: { ...context(view), consent: { basis: s.consent } } }
    if (state) send(c)
    else if (state === undefined && waiting.length < 100) waiting.push(c)
  }

  const api = {
    /** page: another page is shown. Done by itself at the start and on navigation. */
    page: (name?: string, properties?: Values): void => call('page', { name, properties }),
    /** track: something was done. */
    track: (event: string, properties?: Values): void => call('track', { event, properties }),
    /** identify: who the visitor is; an address may stand for a user id in traits.email. */
    identify(user?: string | Values | null, traits?: Values): void {
      if (user && typeof user == 'object') [user, traits] = [undefined, user]
      if (hash) {
        traits = { ...traits }
        if (traits.email) traits.email = hashed('' + traits.email)
        if (user) user = hashed('' + user) || user
      }
      call('identify', { userId: user || undefined, traits })
    },
    /** consent: the visitor's choice on this site. */
    consent: (granted: boolean): void => choose(granted),
    /** reset: somebody else uses the browser from now on. */
    reset(): void {
      store.drop(VISITOR)
      store.drop(USER)
    },
    /** visitor: the id, to put in a form for the CRM; undefined without consent. */
    visitor: (): string | undefined => (state ? visitor() : undefined),
    /** entry: address and referrer that this document was entered with. */
    entry: (): View => entry,
  }

  const choose = watch(s, store, (next) => {
    if (next == state) return
    state = next
    const calls = waiting
    waiting = []
    if (next) {
      queue.resume()
      calls.forEach(send)
    } else if (next == false) {
      queue.clear()
      api.reset()
    }
  })

  // Calls that were made before this script had come: tributary = [['track', 'Video Played']].
  const early: unknown[][] = Array.isArray(w.tributary) ? w.tributary : []
  w.tributary = { ...api, push: ([name, ...args]: [keyof typeof api, ...any[]]) => (api[name] as any)(...args) }

  const moved = (): void => {
    if (same(view.url, location.href)) return
    view = { url: location.href, referrer: view.url }
    if (pages) api.page()
  }
  const begin = (): void => {
    if (pages) api.page()
    early.forEach((c) => w.tributary.push(c))
    watchForms(hash, api.track)
    if (linked.length) decorate(linked, api.visitor)
    addEventListener('pageshow', (e) => e.persisted && pages && api.page()) // Back from the browser's memory.
    if (s.spa != 'off') {
      moved()
      watchRoutes(moved)
    }
  }
  // A page that is rendered ahead may never be seen.
  if ((document as any).prerendering) document.addEventListener('prerenderingchange', begin, { once: true })
  else begin()
}

const settings = read()
const present = (window as any).tributary
if (settings && !(present && present.page)) start(settings)
