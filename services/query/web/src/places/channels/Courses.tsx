// The channels over time as small multiples: each channel's return in its colour, its spend in grey, on scales of their own.
import { useAnswer, type Answer, type Query } from '../../lib/api'
import { colour, unattributed } from '../../lib/channels'
import { money } from '../../lib/format'
import { useSoFar } from '../../lib/maturing'
import type { Row, Trend } from '../../lib/types'
import { writer } from '../../charts/Course'
import { Lines } from '../../charts/Lines'
import { Change, Figure } from '../../ui/Figure'
import { measure } from '../../lib/measures'
import { ChannelMark } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { coursesTitle } from '../../sentences/channels'
import { maturityNote } from '../../sentences/outcomes'

/** most is how many channels are drawn; the table has the course of each. */
const most = 8

export function Courses({ answer, question, rows, channel }: { answer: Answer<Trend>; question: Query; rows?: Row[]; channel: string }) {
  const soFar = useSoFar()
  const whole = useAnswer<{ rows: Row[] }>('/channels', { ...question, channel, limit: 50 })
  const t = answer.data
  const figures = whole.data?.rows ?? rows ?? []
  if (answer.error?.missing) return null
  const drawn = t?.series.filter((s) => s.channel !== unattributed && s.points.length > 2 && s.points.some((p) => Number(p.value) > 0 || Number(p.spend) > 0)).slice(0, most) ?? []
  if (t && drawn.length === 0) return null
  return (
    <Panel title={t && coursesTitle(figures, drawn.map((s) => s.channel), soFar)} loading={answer.loading} error={answer.error} again={answer.again} height={330} note={t && maturityNote(t).replace('Return and spend on one scale.', 'Colour: return. Grey: spend, on the same scale; each channel has a scale of its own.')}>
      <div class="multiples">
        {t && drawn.map((s) => {
          const row = figures.find((r) => r.channel === s.channel)
          return (
            <div class="multiple" key={s.channel}>
              <h3><ChannelMark channel={s.channel} /> <bdi>{s.channel}</bdi> {row && <><Figure m="value" of={row} currency={t.currency} subject={{ channel: s.channel }} short /> <Change m={measure('value')} now={row} before={row.previous} currency={t.currency} /></>}</h3>
              <Lines on={s.points.map((p) => p.on)} height={132} compact named={false} immatureFrom={t.maturity?.immature_from} write={writer('value', t.currency)} label={`Return and spend of ${s.channel} over time${row ? `; in total ${money(row.value, t.currency)}` : ''}`}
                lines={[{ label: 'spend', values: s.points.map((p) => Number(p.spend)), colour: 'var(--context)', quiet: true }, { label: 'return', values: s.points.map((p) => Number(p.value)), colour: colour(s.channel), area: true }]} />
            </div>
          )
        })}
      </div>
    </Panel>
  )
}
