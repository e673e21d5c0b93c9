// Days are texts (2026-11-22) and counted in UTC, as the API counts them.

const DAY = 86_400_000
const at = (day: string) => Date.parse(day + 'T00:00:00Z')
const text = (t: number) => new Date(t).toISOString().slice(0, 10)

export const isDay = (s: string | undefined): s is string => !!s && /^\d{4}-\d{2}-\d{2}$/.test(s) && !Number.isNaN(at(s))
export const add = (day: string, n: number) => text(at(day) + n * DAY)
export const length = (from: string, to: string) => Math.round((at(to) - at(from)) / DAY) + 1
export const today = () => text(Date.now())
export const min = (a: string, b: string) => (a < b ? a : b)
export const max = (a: string, b: string) => (a > b ? a : b)

export function addYears(day: string, n: number): string {
  const d = new Date(at(day))
  d.setUTCFullYear(d.getUTCFullYear() + n)
  return text(d.getTime())
}

export const quarterStart = (day: string) => `${day.slice(0, 4)}-${String(Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`

/** monday is the first day of the day's ISO week. */
export const monday = (day: string) => add(day, -((new Date(at(day)).getUTCDay() + 6) % 7))

/** isoWeek writes a day's week as 2026-W46. */
export function isoWeek(day: string): string {
  const thursday = add(monday(day), 3)
  const year = thursday.slice(0, 4)
  const first = monday(`${year}-01-04`)
  return `${year}-W${String(Math.round((at(monday(day)) - at(first)) / (7 * DAY)) + 1).padStart(2, '0')}`
}
