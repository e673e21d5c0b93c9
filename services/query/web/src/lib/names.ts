// Names of rows as people read them: a landing page is its path, and a name that would fill the screen is shortened; the whole stands in the title.
import type { Row } from './types'

/** finer are the rows that platforms do not bill: their costs are known by campaign only. */
export const isFiner = (by: string) => by === 'content' || by === 'landing_page'

/** labelOf is the name of a row in its table; empty where it has none, undefined where rows are channels. */
export const labelOf = (row: Row, by: string): string | undefined => (by === 'channel' ? undefined : ((row as unknown as Record<string, string | undefined>)[by] ?? ''))

/** hostOf is the site of a page as the API writes it: example.com/pricing. */
export const hostOf = (page: string) => page.replace(/^[a-z]+:\/\//i, '').split(/[/?#]/)[0] ?? ''

/** pageName is the path of a page; what has none is shown as it is. */
export function pageName(page: string): string {
  const bare = page.replace(/^[a-z]+:\/\//i, '')
  const at = bare.indexOf('/')
  return at < 0 ? page : bare.slice(at)
}

/** longest is how much of a name a sentence can hold. */
const longest = 48

/** rightToLeft tells Hebrew and Arabic scripts: within a sentence they are set apart, or the figures beside them change places. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** brief shortens a name in a sentence from the middle: names differ at their ends. */
export function brief(name: string): string {
  const letters = [...name]
  const short = letters.length <= longest ? name : `${letters.slice(0, 28).join('')}…${letters.slice(-14).join('')}`
  return rightToLeft.test(short) ? `\u2068${short}\u2069` : short
}

/** spoken is a row's name within a sentence. */
export function spoken(row: Row, by: string): string {
  const label = labelOf(row, by)
  return brief(label ? (by === 'landing_page' ? pageName(label) : label) : row.channel)
}

/** allOf begins a sentence about all of so many. */
export const allOf = (n: number, plural: string) => (n === 2 ? `Both ${plural}` : `All ${n} ${plural}`)
