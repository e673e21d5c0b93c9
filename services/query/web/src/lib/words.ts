// Sentences of the API for reading. They write days as 2026-11-22 and amounts to the last cent, for programs and mail as well; on screen days follow
// the reader's locale and amounts are rounded, as every other figure is.
import { count, day, money } from './format'
import { brief } from './names'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** fromRight is a run of words in a script from right to left, with what stands between them and a number that belongs to the name. */
const fromRight = /(?<!\u2068)[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc][\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\p{M}\d]*(?:[ _\-.'’"&/]+[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\d][\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\p{M}\d]*)*/gu

/** setApart isolates names in Hebrew and Arabic: in a sentence that runs from left to right they would drag the figures beside them to their other side. */
export const setApart = (sentence: string) => sentence.replace(fromRight, (name) => `\u2068${name}\u2069`)

/** readable rewrites days, weeks and amounts of a sentence. What is part of a name, as in launch-2026-11-22, stays. */
export function readable(sentence: string): string {
  return setApart(sentence)
    .replace(/(?<=\d{4}|\d{2}-\d{2}) 23:59 UTC\b/g, '')
    .replace(/[^\s;,]{49,}/g, (name) => brief(name))
    .replace(/\b(of|all) (\d{4,})(?= [a-z])/g, (_, word: string, n: string) => `${word} ${count(Number(n))}`)
    .replace(/(?<![\w-])\d{4}-W(\d{2})(?![\w-])/g, (_, week: string) => String(Number(week)))
    .replace(/(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g, (text) => day(text))
    .replace(/(?<![\w-])(\d{1,2}) (January|February|March|April|May|June|July|August|September|October|November|December) (\d{4})(?![\w-])/g, (_, d: string, m: string, y: string) => day(`${y}-${String(months.indexOf(m.slice(0, 3)) + 1).padStart(2, '0')}-${d.padStart(2, '0')}`))
    .replace(/(?<![\w.,-])([-−]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)? (?!UTC)([A-Z]{3})(?![\w-])/g, (_, sign: string, whole: string, fraction: string | undefined, currency: string) =>
      money((sign ? -1 : 1) * Number(whole.replaceAll(',', '') + (fraction ?? '')), currency, true))
}

/** plainWord is a name of the API as a word: landing_page as landing page. */
export const plainWord = (name: string) => name.replaceAll('_', ' ')

/** sentenceCase begins with a capital. */
export const sentenceCase = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text)
