// Whether the visitor lets us. Until that is known calls wait in memory; when it is denied they are dropped and the kept ids erased.

import { list, Settings } from './settings'
import type { Store } from './store'

/** A state of consent: undefined is pending. */
export type State = boolean | undefined

const CHOICE = 'trb_consent'

interface TCData {
  eventStatus: string
  gdprApplies?: boolean
  purpose: { consents: Record<string, boolean> }
  vendor: { consents: Record<string, boolean> }
}

/** signalled tells whether the browser says no for its user. */
function signalled(s: Settings): boolean {
  const n = navigator as any
  return (s.gpc != 'ignore' && n.globalPrivacyControl === true) || (s.dnt != 'ignore' && /^(1|yes)$/.test(n.doNotTrack || (window as any).doNotTrack))
}

/**
 * watch reports the state now and whenever it changes, and returns the site's own switch. The visitor's choice on this site comes before the browser's general
 * signal, and that before what the site assumes. A choice is kept, as every consent banner does: a refusal would be asked for again on each page otherwise.
 */
export function watch(s: Settings, store: Store, changed: (state: State) => void): (granted: boolean) => void {
  let chosen = store.local((l) => l.getItem(CHOICE))
  if (chosen) changed(chosen == '1')
  else if (signalled(s)) changed(false)
  else if (s.consent == 'implied') changed(true)
  else if (s.consent == 'tcf') tcf(s, (granted) => chosen || changed(granted))
  return (granted) => {
    chosen = granted ? '1' : '0'
    store.local((l) => l.setItem(CHOICE, chosen!))
    changed(granted)
  }
}

/** tcf listens to the page's consent manager (IAB TCF 2), which may load after us. */
function tcf(s: Settings, changed: (granted: boolean) => void): void {
  const api = (window as any).__tcfapi
  if (!api) {
    setTimeout(() => tcf(s, changed), 500)
    return
  }
  api('addEventListener', 2, (d: TCData, ok: boolean) => {
    if (!ok || d.eventStatus == 'cmpuishown') return
    changed(d.gdprApplies === false || (list(s.tcfPurposes || '1').every((p) => d.purpose.consents[p]) && (!s.tcfVendor || d.vendor.consents[s.tcfVendor])))
  })
}
