// What the site says about itself on the script element:
//
//   <script async src="https://t.acme.example/px.js" data-key="pk_..."></script>

/** Settings are the script element's data- attributes, with their defaults. */
export interface Settings {
  /** Origin of the collector: data-host, else where the script came from. */
  host: string
  /** Public write key. */
  key: string
  /** "implied" (default), "required" (wait for consent(true)) or "tcf" (ask the page's consent manager). */
  consent: string
  /** "cookie" (default; falls back by itself), "local" or "memory" (nothing outlives the page). */
  storage: string
  /** TCF purposes that must be granted ("1" without it), and the vendor, if the site's consent manager lists one. */
  tcfPurposes?: string
  tcfVendor?: string
  /** Hosts of the same company, between which the visitor's id travels with a link. */
  linkDomains?: string
  /** "off": no page calls by themselves, or none of a single-page application. */
  page?: string
  spa?: string
  /** A browser that signals GPC or DNT has denied, unless the site says "ignore". */
  gpc?: string
  dnt?: string
  /** "email": addresses leave the browser as SHA-256 only. */
  hash?: string
}

/** list is an attribute's words. */
export const list = (s?: string): string[] => (s ? s.toLowerCase().split(/[\s,]+/).filter(Boolean) : [])

/** read returns the settings, or nothing when there is no script element with a key. */
export function read(): Settings | undefined {
  // A tag manager inserts scripts such that currentScript is null.
  const el = (document.currentScript || document.querySelector('script[data-key][src*="px.js"]')) as HTMLScriptElement | null
  const d = el && el.dataset
  if (d && d.key) return { consent: 'implied', storage: 'cookie', ...d, key: d.key, host: d.host || new URL(el!.src).origin }
}

/** within tells whether a host is one of the domains, or below one. */
export const within = (host: string, domains: string[]): boolean => domains.some((d) => host == d || host.endsWith('.' + d))
