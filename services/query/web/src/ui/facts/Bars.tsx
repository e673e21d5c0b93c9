import { colour } from '../../lib/channels'
import { count, percent } from '../../lib/format'
import { ChannelName } from '../Mark'

/** Bars are the parts of a fact, the largest first. */
export function Bars({ title, rows, total, chosen }: { title: string; rows: { channel: string; value: number }[]; total: number; chosen?: string }) {
  if (!rows.length) return null
  const most = Math.max(1e-9, ...rows.map((r) => r.value))
  return (
    <section>
      <h3>{title}</h3>
      <ul class="parts">
        {[...rows].sort((a, b) => b.value - a.value).map((r) => (
          <li key={r.channel} aria-current={r.channel === chosen ? 'true' : undefined}>
            <ChannelName channel={r.channel} /><span>{count(Math.round(r.value * 10) / 10)}</span><span class="quiet">{total ? percent(r.value / total) : ''}</span>
            <svg class="part-bar" width="100%" height="4" aria-hidden="true"><rect height="4" rx="1" width={`${(100 * r.value) / most}%`} style={{ fill: colour(r.channel) }} /></svg>
          </li>
        ))}
      </ul>
    </section>
  )
}
