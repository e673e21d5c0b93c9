// Cross-domain linking: a company's sites cannot read each other's cookies, so a link between them carries the visitor's id for two minutes.

import { within } from './settings'

const PARAM = '_trb'
const LIFE = 120e3

/** decorate adds the id to links that lead to one of the other sites, at the moment they are followed: earlier it would be stale, or copied with the link. */
export function decorate(domains: string[], id: () => string | undefined): void {
  const follow = (e: Event): void => {
    const a = e.target instanceof Element && e.target.closest<HTMLAnchorElement>('a[href]')
    const v = a && a.hostname != location.hostname && within(a.hostname, domains) && id()
    if (!a || !v) return
    const u = new URL(a.href)
    u.searchParams.set(PARAM, v + '.' + Date.now().toString(36))
    a.href = u.href
  }
  for (const type of ['mousedown', 'touchstart', 'click']) addEventListener(type, follow, true)
}

/** cut is an address without our parameter. Done as text: searchParams would write all the others anew. */
export const cut = (href: string): string => href.replace(/([?&])_trb=[^&#]*&?/, '$1').replace(/[?&](#|$)/, '$1')

/**
 * arrive takes the id out of the address, so that nobody shares it with the link, and returns it when it is fresh and came from one of the company's sites.
 */
export function arrive(domains: string[]): string | undefined {
  const v = new URLSearchParams(location.search).get(PARAM)
  if (!v) return
  history.replaceState(history.state, '', cut(location.href))
  const [id, at] = v.split('.')
  const age = Date.now() - parseInt(at, 36)
  const from = document.referrer && new URL(document.referrer).hostname
  if (age > -LIFE && age < LIFE && from && within(from, domains) && /^[\w-]{8,64}$/.test(id)) return id
}
