// Calls on their way to the collector: sent in batches, repeated until they are taken, handed to the browser when the page is hidden. Every call has its id, so
// that one which is sent twice counts once; that is why this code may repeat whenever it is in doubt.

import { hashed } from './sha256'
import type { Settings } from './settings'
import type { Store } from './store'

/** A call of Segment's API, as JSON. */
export type Call = Record<string, unknown>

/** Queue sends calls in order. */
export interface Queue {
  push(call: Call): void
  /** resume takes up what earlier pages could not send. */
  resume(): void
  /** clear forgets everything, what earlier pages left included. */
  clear(): void
}

// Browsers allow 64 KiB for everything that outlives a page; a call may have 32.
const BATCH_BYTES = 48e3
// What servers and proxies take as an address, before base64.
const PICTURE_BYTES = 5e3
const KEPT_CALLS = 500
const DELAY = 150
const BACKOFF_MAX = 300e3
const PREFIX = 'trb_q.'

const bytes = (s: string): number => new Blob([s]).size

/** newQueue asks for the url of a path at each batch: it ends with a query, in which the visitor's id is where the collector may set the cookie. */
export function newQueue(store: Store, s: Settings, url: (path: string) => string, withCookies: () => boolean): Queue {
  const slot = PREFIX + Math.random()
  let calls: string[] = []
  let busy = 0 // So many, from the first, are in flight.
  let failures = 0
  let barred = false // The page's policy lets us not connect. Pictures it may allow.
  let timer: ReturnType<typeof setTimeout> | undefined

  /** body is as many calls as fit, from the i-th, and their number. */
  const body = (i: number): [string, number] => {
    let n = 0
    let size = 0
    while (i + n < calls.length && (!n || size + bytes(calls[i + n]) < (barred ? PICTURE_BYTES : BATCH_BYTES))) size += bytes(calls[i + n++])
    return [`{"writeKey":${JSON.stringify(s.key)},"sentAt":"${new Date().toISOString()}","batch":[${calls.slice(i, i + n)}]}`, n]
  }

  /** depict sends a body as a picture's address. Addresses are written down on the way, so whatever is an e-mail address goes hashed. */
  const depict = (text: string, done: (e: any) => void): void => {
    const picture = new Image()
    picture.onload = picture.onerror = done
    picture.src = url('/px.gif') + 'd=' + btoa(unescape(encodeURIComponent(text.replace(/":"([^":]+@[^":]+)"/g, (_, a) => `":"${hashed(a)}"`))))
  }

  const later = (ms: number): void => {
    timer = timer || setTimeout(flush, ms)
  }

  function flush(): void {
    timer = clearTimeout(timer) as undefined
    if (busy || !calls.length) return
    const [text, n] = body(0)
    const sent = calls
    busy = n
    const done = (again: boolean, wait: number): void => {
      if (sent !== calls) return // Cleared meanwhile.
      busy = 0
      if (again) {
        failures++
        later(Math.min(Math.max(wait, 2 ** failures * (0.3 + Math.random() / 2)) * 1e3, BACKOFF_MAX))
      } else {
        failures = 0
        calls.splice(0, n)
        if (calls.length) later(0)
      }
      keep()
    }
    if (barred) return depict(text, (e) => done(e.type != 'load', 0))
    // A body that is a string goes as text/plain, for which no browser asks in advance. After a failure the allowance of keepalive may be what is missing.
    fetch(url('/v1/b'), { method: 'POST', body: text, keepalive: !failures, credentials: withCookies() ? 'include' : 'omit' }).then(
      (r) => done(r.status == 408 || r.status == 429 || r.status > 499, +r.headers.get('Retry-After')!),
      () => done(true, 0),
    )
  }

  /** keep writes what is not sent where the next page finds it. A first attempt in flight has keepalive and outlives the page by itself. */
  const keep = (): void => {
    const left = calls.slice(failures ? 0 : busy)
    store.local((l) => (left.length ? l.setItem(slot, `[${left}]`) : l.removeItem(slot)))
  }

  /** stored takes what is kept out of the store. */
  const stored = (): string[] =>
    store.local((s) =>
      Object.keys(s)
        .filter((k) => k.startsWith(PREFIX))
        .map((k) => {
          const text = s.getItem(k)!
          s.removeItem(k)
          return text
        }),
    ) || []

  /** leave hands everything to the browser: the page may never run again. A beacon tells nothing of its fate, so in bad times the calls are kept as well. */
  const leave = (): void => {
    let i = busy
    while (i < calls.length) {
      const [text, n] = body(i)
      if (barred || !navigator.sendBeacon(url('/v1/b'), text)) break
      i += n
    }
    if (!failures && navigator.onLine) calls.splice(busy, i - busy)
    keep()
  }

  addEventListener('visibilitychange', () => document.hidden && leave(), true)
  addEventListener('pagehide', leave)
  addEventListener('online', flush)
  addEventListener('securitypolicyviolation', (e) => {
    if (e.disposition == 'enforce' && e.blockedURI.startsWith(s.host)) barred = true
  })

  return {
    push(call) {
      // A page that is offline for long must lose something: the oldest.
      if (calls.length >= KEPT_CALLS && !busy) calls.shift()
      calls.push(JSON.stringify(call))
      if (document.hidden) flush() // Its timers may never run.
      else if (!failures) later(DELAY)
    },
    resume() {
      // Another open tab may own them; then they are sent twice and count once.
      for (const text of stored()) for (const c of JSON.parse(text)) calls.push(JSON.stringify(c))
      if (calls.length) later(DELAY)
    },
    clear() {
      calls = []
      busy = 0
      stored()
    },
  }
}
