// The picture once more as a table, for who reads figures rather than lines: each step of time, each figure one click from what it is made of.
import { changed } from '../../lib/address'
import { add } from '../../lib/days'
import { day, month, range } from '../../lib/format'
import { exact, measure, written } from '../../lib/measures'
import type { Trend } from '../../lib/types'
import { explainOf } from '../../ui/Figure'
import { Plain } from '../../ui/Table'

const columns = ['spend', 'value', 'roas', 'pipeline', 'opportunities', 'customers']

/** lastOf is the last day of the step that begins on a day, no later than the period's. */
function lastOf(t: Trend, on: string): string {
  const end = t.interval === 'day' ? on : t.interval === 'week' ? add(on, 6) : add(`${add(on.slice(0, 8) + '28', 4).slice(0, 8)}01`, -1)
  return end < t.to ? end : t.to
}

export function AsTable({ trend: t, channel }: { trend: Trend; channel?: string }) {
  const name = (on: string) => (t.interval === 'month' ? month(on) : t.interval === 'week' ? range(on, lastOf(t, on)) : day(on))
  return (
    <details class="as-table">
      <summary>As a table</summary>
      <Plain label="Return and spend over time, as a table" numbers={columns.map((_, i) => i + 1)} head={[t.interval === 'month' ? 'Month' : t.interval === 'week' ? 'Week' : 'Day', ...columns.map((key) => measure(key).label)]}
        rows={t.totals.map((p) => [<span>{name(p.on)}{p.immature && <small> still to come</small>}</span>, ...columns.map((key) => {
          const m = measure(key)
          return m.of(p) === null ? <span class="nothing">–</span> : <a class="figure" href={changed({ from: p.on < t.from ? t.from : p.on, to: lastOf(t, p.on), period: '', explain: explainOf(key, { channel }) })} title={`${m.label} of ${name(p.on)}: ${exact(m, p, t.currency)}`}>{written(m, p, t.currency)}</a>
        })])} />
    </details>
  )
}
