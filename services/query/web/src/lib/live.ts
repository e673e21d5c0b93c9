// Live update: the service tells when something landed, and how old the latest event is.
import { useEffect, useState } from 'preact/hooks'
import { isAnswered } from './answered'
import type { Freshness } from './types'

export interface Fresh { recordedAt: number | null; heardAt: number; connected: boolean }

let fresh: Fresh = { recordedAt: null, heardAt: Date.now(), connected: false }
let skew = 0 // how far the server's clock is ahead of this one
let tick = 0
let lastTick = 0
let timer: ReturnType<typeof setTimeout> | undefined
let paused = false
const watchers = new Set<() => void>()
const tickers = new Set<() => void>()

/** mostOften is how often figures on screen are asked for again, however much lands. */
const mostOften = 4000

function bump() {
  if (timer || document.hidden || paused) return
  timer = setTimeout(() => {
    timer = undefined
    lastTick = Date.now()
    tick++
    for (const t of tickers) t()
  }, Math.max(0, lastTick + mostOften - Date.now()))
}

/** note takes freshness from any answer; a newer event means that figures have moved. */
export function note(f: Freshness | undefined) {
  if (!f) return
  const recordedAt = f.recorded_at ? Date.parse(f.recorded_at) : null
  if (recordedAt !== null && f.age_seconds !== null) skew = recordedAt + f.age_seconds * 1000 - Date.now()
  const newer = fresh.recordedAt !== null && recordedAt !== null && recordedAt > fresh.recordedAt
  fresh = { ...fresh, recordedAt: recordedAt ?? fresh.recordedAt, heardAt: Date.now() }
  for (const w of watchers) w()
  if (newer) bump()
}

/** ageSeconds is how old the latest event is now. */
export const ageSeconds = (f: Fresh) => (f.recordedAt === null ? null : Math.max(0, (Date.now() + skew - f.recordedAt) / 1000))

let source: EventSource | undefined
let retry: ReturnType<typeof setTimeout> | undefined

const firstWait = 2000, longestWait = 30_000
let wait = firstWait

/** connect opens the stream of events; where the service has none, freshness comes with the answers alone. */
export function connect(workspace?: string) {
  clearTimeout(retry)
  source?.close()
  if (!isAnswered('/events')) return
  source = new EventSource('/api/v1/events' + (workspace ? '?workspace=' + encodeURIComponent(workspace) : ''))
  source.addEventListener('fresh', (event) => {
    fresh = { ...fresh, connected: true }
    wait = firstWait
    try { note(JSON.parse((event as MessageEvent<string>).data)) } catch { /* a broken line is no reason to stop; the next one comes within seconds */ }
  })
  source.onerror = () => {
    fresh = { ...fresh, connected: false }
    for (const w of watchers) w()
    // After a broken line a browser tries again by itself; after an answer that is no stream (a proxy's 502) it gives up for good.
    if (source?.readyState === EventSource.CLOSED) {
      clearTimeout(retry)
      retry = setTimeout(() => connect(workspace), wait)
      wait = Math.min(2 * wait, longestWait)
    }
  }
}

/** disconnect ends the stream, when the page turns to another workspace. */
export function disconnect() {
  clearTimeout(retry)
  source?.close()
}

export const isPaused = () => paused
export function pause(on: boolean) {
  paused = on
  for (const w of watchers) w()
  if (!on) bump()
}

export function useFresh(): Fresh {
  const [, again] = useState(0)
  useEffect(() => {
    const w = () => again((n) => n + 1)
    watchers.add(w)
    const second = setInterval(w, 1000)
    return () => { watchers.delete(w); clearInterval(second) }
  }, [])
  return fresh
}

export function useTick(live: boolean): number {
  const [n, set] = useState(tick)
  useEffect(() => {
    if (!live) return
    const t = () => set(tick)
    tickers.add(t)
    return () => void tickers.delete(t)
  }, [live])
  return n
}
