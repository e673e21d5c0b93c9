// State lives in the address: every view can be linked, saved, printed and mailed.
import { useEffect, useState } from 'preact/hooks'

export const places = ['outcomes', 'channels', 'tracking', 'measurement', 'iteration'] as const
export type Place = (typeof places)[number]
export type Params = Record<string, string>

export interface Address { place: Place; params: Params }

function read(): Address {
  const word = location.pathname.split('/')[1] ?? ''
  const params: Params = {}
  for (const [key, value] of new URLSearchParams(location.search)) if (value) params[key] = value
  return { place: (places as readonly string[]).includes(word) ? (word as Place) : 'outcomes', params }
}

let current = read()
const listeners = new Set<(a: Address) => void>()

const tell = () => {
  current = read()
  for (const l of listeners) l(current)
}

addEventListener('popstate', tell)

/** href writes an address; parameters without a value are left out, the rest come in a stable order. */
export function href(place: Place, params: Params): string {
  const query = new URLSearchParams(Object.entries(params).filter(([, v]) => v).sort(([a], [b]) => (a < b ? -1 : 1)))
  const text = query.toString()
  return `/${place}${text ? '?' + text : ''}`
}

/** go moves to an address. A change within a view replaces nothing: the back button undoes it. */
export function go(to: string, replace = false) {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  tell()
}

/** change sets parameters of the current view; an empty value removes one. */
export function change(values: Params, replace = false) {
  go(href(current.place, { ...current.params, ...values }), replace)
}

/** changed is the link that change would follow. */
export const changed = (values: Params, place: Place = current.place) => href(place, { ...current.params, ...values })

export function useAddress(): Address {
  const [address, set] = useState(current)
  useEffect(() => {
    listeners.add(set)
    set(current)
    return () => void listeners.delete(set)
  }, [])
  return address
}

/** follow makes links of the dashboard change the address without loading it again. */
export function follow(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element).closest?.('a')
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
  const word = link.pathname.split('/')[1] ?? ''
  if (word !== '' && !(places as readonly string[]).includes(word)) return
  event.preventDefault()
  go(link.pathname + link.search)
}
