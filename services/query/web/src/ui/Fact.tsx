// A figure that is no measure of a channel: how many reached a step, how many came through a layer, how many took a path. It opens what it is made
// of all the same.
import type { ComponentChildren } from 'preact'
import { change } from '../lib/address'

/** factOf is a fact's place in the address: its kind, and what tells it from others of the kind. */
export const factOf = (kind: string, ...parts: string[]) => ['', kind, ...parts.map((p) => encodeURIComponent(p).replaceAll('~', '%7E'))].join('~')

/** partsOf reads it back. */
export const partsOf = (explain: string) => explain.split('~').slice(1).map((p) => { try { return decodeURIComponent(p) } catch { return p } })

/** isFact tells a fact from a measure of a channel. */
export const isFact = (explain: string) => explain.startsWith('~')

/** OfFact is what every explanation of a fact is given: parts tell the subject, aspect which of its figures. */
export interface OfFact { aspect: string; parts: string[]; close: () => void }

/** Fact shows the figure; what says what it is, for the title and for who hears the page. */
export function Fact({ of, what, exact, children }: { of: string; what: string; exact?: string; children: ComponentChildren }) {
  return <button class="figure" title={`${what}: ${exact ?? children}`} aria-label={`${children}. Explain ${what}`} onClick={() => change({ explain: of, journey: '' })} data-fact={of}>{children}</button>
}
