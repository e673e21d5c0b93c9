// Calls on their way to the collector: sent in batches, repeated until they are taken, handed to the browser when the page is hidden. Every call has its id, so
// that one which is sent twice counts once; that is why this code may repeat whenever it is in doubt.

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
const BATCH_CALLS = 50
const KEPT_CALLS = 500
const DELAY = 150
const BACKOFF_MAX = 300e3
const PREFIX = 'trb_q.'

const bytes = (s: string): number => new Blob([s]).size

/** newQueue asks for the url at each batch: it carries the visitor's id where the collector may set the cookie. */
export function newQueue(store: Store, key: string, url: () => string, withCookies: () => boolean): Queue {
  const slot = PREFIX + Math.random()
  let calls: string[] = []
  let busy = 0 // So many, from the first, are in flight.
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** body is as many calls as fit, from the i-th, and their number. */
  const body = (i: number): [string, number] => {
    let n = 0
    let size = 0
    while (i + n < calls.length && n < BATCH_CALLS && (!n || size + bytes(calls[i + n]) < BATCH_BYTES)) size += bytes(calls[i + n++])
    return [`{"writeKey":${JSON.stringify(key)},"sentAt":"${new Date().toISOString()}","batch":[${calls.slice(i, i + n)}]}`, n]
  }

  const later = (ms: number): void => {
    timer = timer || setTimeout(flush, ms)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
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
    // A body that is a string goes as text/plain, for which no browser asks in advance. After a failure the allowance of keepalive may be what is missing.
    fetch(url(), { method: 'POST', body: text, keepalive: !failures, credentials: withCookies() ? 'include' : 'omit' }).then(
      (r) => done(r.status == 408 || r.status == 429 || r.status > 499, +r.headers.get('Retry-After')!),
      () => done(true, 0),
    )
  }

  /** keep writes what is not sent where the next page finds it. A first attempt in flight has keepalive and outlives the page by itself. */
  const keep = (): void => {
    const left = calls.slice(failures ? 0 : busy)
    store.local((s) => (left.length ? s.setItem(slot, `[${left}]`) : s.removeItem(slot)))
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
      if (!navigator.sendBeacon(url(), text)) break
      i += n
    }
    if (!failures && navigator.onLine) calls.splice(busy, i - busy)
    keep()
  }

  addEventListener('visibilitychange', () => document.hidden && leave(), true)
  addEventListener('pagehide', leave)
  addEventListener('online', flush)

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
