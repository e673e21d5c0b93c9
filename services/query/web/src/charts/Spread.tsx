// The models side by side: a dot for each model's return, a band from the least to the most, the chosen model filled.
import { colour } from '../lib/channels'
import { ratio } from '../lib/format'
import { modelLabel } from '../lib/measures'
import { Fact, factOf } from '../ui/Fact'
import { ChannelName } from '../ui/Mark'

export interface SpreadRow { channel: string; detail?: string; values: { model: string; value: number | null }[] }

export function Spread({ rows, chosen, breakEven = 1 }: { rows: SpreadRow[]; chosen: string; breakEven?: number }) {
  const most = Math.max(breakEven * 1.5, ...rows.flatMap((r) => r.values.map((v) => v.value ?? 0))) * 1.04
  const x = (v: number) => `${(100 * Math.max(0, v)) / most}%`
  return (
    <ul class="spread">
      {rows.map((r) => {
        const known = r.values.filter((v): v is { model: string; value: number } => v.value !== null)
        if (!known.length) return null
        const low = Math.min(...known.map((v) => v.value)), high = Math.max(...known.map((v) => v.value))
        return (
          <li key={r.channel + '~' + (r.detail ?? '')}>
            <ChannelName channel={r.channel} detail={r.detail} />
            <svg width="100%" height="28" role="img" aria-label={`${r.channel}: ${known.map((v) => `${modelLabel(v.model)} ${ratio(v.value)}`).join(', ')}`}>
              <line x1="0" x2="100%" y1="14" y2="14" class="track" />
              <line x1={x(breakEven)} x2={x(breakEven)} y1="0" y2="28" class="break-even" />
              <line x1={x(low)} x2={x(high)} y1="14" y2="14" class="band" style={{ stroke: colour(r.channel) }} />
              {known.filter((v) => v.model !== chosen).map((v) => <circle key={v.model} cx={x(v.value)} cy="14" r="4" class="dot" style={{ stroke: colour(r.channel) }}><title>{modelLabel(v.model)}: {ratio(v.value)}</title></circle>)}
              {known.filter((v) => v.model === chosen).map((v) => <circle key={v.model} cx={x(v.value)} cy="14" r="6" style={{ fill: colour(r.channel) }}><title>{modelLabel(v.model)}: {ratio(v.value)}</title></circle>)}
            </svg>
            <span class="number"><Fact of={factOf('spread', r.channel)} what={`what each model makes of ${r.channel}`}>{`${ratio(low)} – ${ratio(high)}`}</Fact></span>
          </li>
        )
      })}
      <li class="spread-axis" aria-hidden="true"><span /><svg width="100%" height="16"><text x="0" y="12" class="axis-text">0</text><text x={x(breakEven)} y="12" class="axis-text" text-anchor="middle">1 = pays back</text></svg><span class="number axis-text">least – most</span></li>
    </ul>
  )
}
