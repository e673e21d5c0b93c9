// Where the visitor's id is kept: a first-party cookie if possible, else localStorage, else memory. Nothing is read or written before consent.

const YEAR = 31536000

/** Store is the kept state, as far as the setting "storage" and the browser let it. */
export interface Store {
  /** local runs f on localStorage; undefined when it may not be used, or is full. */
  local<T>(f: (s: Storage) => T): T | undefined
  get(name: string): string | undefined
  /** set keeps a value everywhere it may be kept: each place is cleared by some browser on its own. */
  set(name: string, value: string): void
  /** drop forgets a value. */
  drop(name: string): void
}

/** cookie reads a cookie. */
const cookie = (name: string): string | undefined => {
  const value = ('; ' + document.cookie).split(`; ${name}=`)[1]
  return value && value.split(';')[0]
}

const setCookie = (name: string, value: string, age: number, domain?: string): void => {
  document.cookie = `${name}=${value};path=/;max-age=${age};samesite=lax${domain ? ';domain=' + domain : ''}${location.protocol == 'https:' ? ';secure' : ''}`
}

let domain: string | undefined

/** site is the highest domain on which a cookie stays, so that all of a company's subdomains share one; "" when none does: an address, localhost, no cookies. */
export function site(): string {
  const labels = location.hostname.split('.')
  for (let i = labels.length - 1; domain === undefined && i-- > 0; ) {
    const d = labels.slice(i).join('.')
    setCookie('trb_t', '1', 9, d)
    if (cookie('trb_t')) domain = d
    setCookie('trb_t', '', 0, d)
  }
  return (domain = domain || '')
}

/** newStore keeps in "cookie", "local" or "memory"; each includes those after it. */
export function newStore(kind: string): Store {
  const memory: Record<string, string> = {}
  const cookies = kind == 'cookie'
  const local: Store['local'] = (f) => {
    try {
      if (kind != 'memory') return f(localStorage)
    } catch (_) {
      // A browser that blocks it throws at the first touch.
    }
  }
  return {
    local,
    get: (name) => memory[name] || (cookies && cookie(name)) || local((s) => s.getItem(name)) || undefined,
    set(name, value) {
      memory[name] = value
      if (cookies) setCookie(name, value, YEAR, site())
      local((s) => s.setItem(name, value))
    },
    drop(name) {
      delete memory[name]
      if (cookies && cookie(name)) setCookie(name, '', 0, site())
      local((s) => s.removeItem(name))
    },
  }
}

/** uuid is a random version 4 UUID: browsers end an object's address with one. Their own randomUUID is there on https only. */
export const uuid = (): string => URL.createObjectURL(new Blob()).slice(-36)
