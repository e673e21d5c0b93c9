// Figures as people read them: rounded for reading, exact on hover. Numbers follow the browser's locale: separators, where the currency stands. The
// page speaks English, so what is a word (months, K and M, "and") is English whatever the locale: half a sentence in each language reads worse.

const locale = navigator.language || 'en'

/** spelling is the locale of what is spelt: the reader's own English where it is one, else day before month. */
const spelling = /^en\b/i.test(locale) ? locale : 'en-GB'
const cache = new Map<string, Intl.NumberFormat>()

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options)
  let format = cache.get(key)
  if (!format) cache.set(key, (format = new Intl.NumberFormat(locale, { numberingSystem: 'latn', ...options })))
  return format
}

/** minus is the typographic one, as wide as a plus in tabular figures. */
const minus = (s: string) => s.replace('-', '−')

/** None is shown where a figure does not exist (no denominator). */
export const none = '–'

/** compact writes thousands, millions and billions with K, M and B behind the digits: other languages' words for them would stand in an English sentence. */
function compact(n: number, digits: (size: number) => number, options: Intl.NumberFormatOptions = {}): string {
  const at = (size: number) => (size >= 1e9 ? 1e9 : size >= 1e6 ? 1e6 : 1e3)
  const round = (unit: number) => Number((n / unit).toFixed(digits(Math.abs(n))))
  let unit = at(Math.abs(n))
  if (Math.abs(round(unit)) >= 1000 && unit < 1e9) unit *= 1000 // 999,999 is 1M, not 1000K
  const parts = number({ ...options, minimumFractionDigits: 0, maximumFractionDigits: digits(Math.abs(n)) }).formatToParts(n / unit)
  const end = parts.findLastIndex((p) => p.type === 'integer' || p.type === 'fraction')
  return parts.map((p, i) => p.value + (i === end ? { 1e3: 'K', 1e6: 'M', 1e9: 'B' }[unit] : '')).join('')
}

/** minorDigits is how many decimals a currency has: none of the yen, three of the dinar. */
function minorDigits(currency: string): number {
  return currency ? (number({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).resolvedOptions().maximumFractionDigits ?? 2) : 2
}

export function money(value: string | number | null | undefined, currency: string, short = false): string {
  if (value === null || value === undefined || value === '') return none
  const n = Number(value)
  const base: Intl.NumberFormatOptions = currency ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : {}
  if (short && Math.abs(n) >= 10_000) return minus(compact(n, (size) => (size >= 1e6 ? 2 : size >= 1e5 ? 0 : 1), base))
  const digits = Math.abs(n) >= 100 || n === 0 ? 0 : Math.min(2, minorDigits(currency))
  return minus(number({ ...base, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n))
}

/** exactMoney shows every minor unit, with the currency's code. */
export function exactMoney(value: string | number | null | undefined, currency: string): string {
  if (value === null || value === undefined || value === '') return 'does not exist here'
  const [whole = '0', fraction] = String(value).split('.')
  const negative = whole.startsWith('-')
  const grouped = number({ maximumFractionDigits: 0 }).format(BigInt(whole.replace('-', '')))
  const point = number({ minimumFractionDigits: 1 }).formatToParts(1.5).find((p) => p.type === 'decimal')?.value ?? '.'
  return `${negative ? '−' : ''}${grouped}${fraction ? point + fraction : ''} ${currency}`.trim()
}

export function count(n: number | null | undefined, short = false): string {
  if (n === null || n === undefined) return none
  if (short && Math.abs(n) >= 10_000) return minus(compact(n, () => 1))
  const digits = Number.isInteger(n) || Math.abs(n) >= 100 ? 0 : 1
  return minus(number({ maximumFractionDigits: digits, minimumFractionDigits: digits }).format(n))
}

export const exactCount = (n: number) => minus(number({ maximumFractionDigits: 4 }).format(n))

export function ratio(n: number | null | undefined): string {
  if (n === null || n === undefined) return none
  const digits = Math.abs(n) >= 99.95 ? 0 : Math.abs(n) >= 9.995 ? 1 : 2 // three figures, as in the service's sentences
  return minus(number({ maximumFractionDigits: digits, minimumFractionDigits: digits }).format(n))
}

export function percent(n: number | null | undefined, signed = false): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return none
  const size = Math.abs(n)
  const digits = size === 0 || size >= 0.0995 ? 0 : size >= 0.00995 || signed ? 1 : 2
  return minus(number({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: signed ? 'exceptZero' : 'auto' }).format(n))
}

const parse = (day: string) => new Date(day.length === 10 ? day + 'T00:00:00Z' : day)
const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(spelling, { timeZone: 'UTC', ...options })

export const day = (d: string) => (d ? dates({ day: 'numeric', month: 'short', year: 'numeric' }).format(parse(d)) : none)
export const shortDay = (d: string) => (d ? dates({ day: 'numeric', month: 'short' }).format(parse(d)) : none)
export const month = (d: string) => dates({ month: 'short', year: 'numeric' }).format(parse(d.length === 7 ? d + '-01' : d))
export const moment = (d: string) => dates({ day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' }).format(parse(d))

/** range writes a period once per shared part: 3 Aug – 21 Nov 2026. */
export function range(from: string, to: string): string {
  if (!from || !to) return 'no data yet'
  return dates({ day: 'numeric', month: 'short', year: 'numeric' }).formatRange(parse(from), parse(to))
}

export function age(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s ago`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86400)} days ago`
}

export const days = (n: number | null | undefined) => (n === null || n === undefined ? none : n < 0.05 ? 'same day' : `${count(n < 10 ? Math.round(n * 10) / 10 : Math.round(n))} ${n === 1 ? 'day' : 'days'}`)
// within says a time as a bound, for a sentence: "within 3 days", "within a day".
export const within = (n: number) => `within ${n < 0.05 ? 'a day' : days(n)}`

/** listSome names the first few and counts the rest. */
export const listSome = (words: string[], most = 3) => (words.length <= most + 1 ? list(words) : `${words.slice(0, most).join(', ')} and ${words.length - most} more`)

/** list joins words as a sentence does. */
export const list = (words: string[]) => new Intl.ListFormat(spelling, { type: 'conjunction' }).format(words)
