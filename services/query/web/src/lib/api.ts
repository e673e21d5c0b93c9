// Questions to the API. Answers are kept for a while, so that going back is immediate, and asked again when something landed.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from './types'
import { isAnswered } from './answered'
import { begin } from './asking'
import { useTick } from './live'

export type Query = Record<string, string | number | undefined | null>

export function url(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const key of Object.keys(query).sort()) {
    const value = query[key]
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return `/api/v1${path}${text ? '?' + text : ''}`
}

/** Failure is an answer that could not be had; missing tells that this service does not answer such questions. */
export class Failure extends Error {
  constructor(readonly problem: Problem, readonly address: string) { super(problem.detail || problem.title) }
  get missing() { return (this.problem.status === 404 && this.problem.type.endsWith(':not-found')) || this.problem.type.endsWith(':read-only') || this.problem.status === 501 }
}

const noSuch: Problem = { type: 'urn:tributary:problem:not-found', title: 'Not answered by this service yet', status: 404, detail: '' }

export async function send<T>(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(address, { method, signal, headers: body === undefined ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Failure({ type: 'unreachable', title: 'The service cannot be reached', status: 0, detail: 'The query service does not answer. Is "tributary up" running? This page tries again by itself.' }, address)
  }
  if (response.status === 204) return undefined as T
  const text = await response.text()
  if (!response.ok) {
    let problem: Problem = { type: '', title: response.statusText || `Status ${response.status}`, status: response.status, detail: '' }
    try { problem = { ...problem, ...JSON.parse(text) } } catch { /* not from the service itself, a proxy perhaps: the status says enough */ }
    throw new Failure(problem, address)
  }
  return JSON.parse(text) as T
}

const kept = new Map<string, unknown>()
const mostKept = 80

function keep(address: string, answer: unknown) {
  kept.delete(address)
  kept.set(address, answer)
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
}

/** forget drops what was answered about a path, after a change there. */
export const forget = (path: string) => { for (const key of kept.keys()) if (key.startsWith('/api/v1' + path)) kept.delete(key) }

export interface Answer<T> { data?: T; error?: Failure; loading: boolean; address: string; again: () => void }

const retryAfter = 5000

/** useAnswer asks, keeps what it has on screen while it asks again, and drops questions that nobody waits for. */
export function useAnswer<T>(path: string | null, query: Query = {}, live = true): Answer<T> {
  const address = path === null ? '' : url(path, query)
  const tick = useTick(live)
  const [asked, again] = useState(0)
  const [state, set] = useState<{ address: string; data?: T; error?: Failure }>(() => ({ address, data: kept.get(address) as T | undefined }))
  const last = useRef(address)
  const waiting = useRef(false)
  const seen = useRef(tick)
  const had = useRef('')
  // A new question drops the one before. A tick does not: where answers take longer than ticks come, none would ever arrive.
  useEffect(() => {
    if (!address) return
    if (!isAnswered(path!)) { set({ address, error: new Failure(noSuch, address) }); return }
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    if (last.current !== address && kept.has(address)) set({ address, data: kept.get(address) as T })
    last.current = address
    waiting.current = true
    const end = had.current === address || kept.has(address) ? () => {} : begin()
    had.current = ''
    send<T>('GET', address, undefined, control.signal).then(
      (data) => { end(); had.current = address; waiting.current = false; keep(address, data); set({ address, data }) },
      (error) => {
        end()
        if (control.signal.aborted) return
        waiting.current = false
        if (!(error instanceof Failure)) return
        set((before) => ({ address, data: before.address === address ? before.data : undefined, error }))
        if (error.problem.status === 0 || error.problem.status === 503) timer = setTimeout(() => again((n) => n + 1), retryAfter)
      },
    )
    return () => { end(); control.abort(); clearTimeout(timer) }
  }, [address, asked])
  useEffect(() => {
    if (seen.current === tick) return
    seen.current = tick
    if (!waiting.current) again((n) => n + 1)
  }, [tick])
  const current = state.address === address
  return {
    data: current ? state.data : ((kept.get(address) as T | undefined) ?? state.data), error: current ? state.error : undefined,
    loading: !!address && (!current || (!state.data && !state.error)), address, again: () => again((n) => n + 1),
  }
}
