// What the site says about itself on the script element:
//
//   <script async src="https://t.acme.example/px.js" data-key="pk_..."></script>

/** Settings are the script element's data- attributes. */
export interface Settings {
  /** Origin of the collector: data-host, else where the script came from. */
  host: string
  /** Public write key. */
  key: string
  /** "implied" (default), "required" (wait for consent(true)) or "tcf" (ask the page's consent manager). */
  consent: string
  /** TCF purposes that must be granted, and the vendor, if the site's consent manager lists one. */
  purposes: string[]
  vendor?: string
  /** "cookie" (default; falls back by itself), "local" or "memory" (nothing outlives the page). */
  storage: string
  /** Hosts of the same company, between which the visitor's id travels with a link. */
  linked: string[]
  /** Send the first page call and those of a single-page application. */
  pages: boolean
  spa: boolean
  /** A browser that signals GPC or DNT has denied, unless the site says "ignore". */
  gpc: boolean
  dnt: boolean
  /** Addresses leave the browser as SHA-256 only. */
  hash: boolean
}

const list = (s?: string): string[] => (s ? s.toLowerCase().split(/[\s,]+/).filter(Boolean) : [])

/** read returns the settings, or nothing when there is no script element with a key. */
export function read(): Settings | undefined {
  // A tag manager inserts scripts such that currentScript is null.
  const el = (document.currentScript || document.querySelector('script[data-key][src*="px.js"]')) as HTMLScriptElement | null
  if (!el || !el.dataset.key) return
  const d = el.dataset
  return {
    host: d.host || new URL(el.src).origin,
    key: d.key!,
    consent: d.consent || 'implied',
    purposes: list(d.tcfPurposes || '1'),
    vendor: d.tcfVendor,
    storage: d.storage || 'cookie',
    linked: list(d.linkDomains),
    pages: d.page !== 'off',
    spa: d.spa !== 'off',
    gpc: d.gpc !== 'ignore',
    dnt: d.dnt !== 'ignore',
    hash: d.hash === 'email',
  }
}

/** within tells whether a host is one of the domains, or below one. */
export const within = (host: string, domains: string[]): boolean => domains.some((d) => host === d || host.endsWith('.' + d))
