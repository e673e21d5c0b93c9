// The stack of key figures, from the click to the customer: leading, efficiency and quality beside each other, each with its course.
import type { Answer } from '../../lib/api'
import { maturityFrom } from '../../lib/maturing'
import { measure } from '../../lib/measures'
import type { Channels, Figures, Row, Trend } from '../../lib/types'
import { MeasureCourse } from '../../charts/Course'
import { Change, Figure } from '../../ui/Figure'
import { Panel } from '../../ui/Panel'
import { stackTitle } from '../../sentences/channels'

/** stack is the order in which one figure leads to the next. */
const stack: [string, string[]][] = [['Leading', ['ctr', 'cvr']], ['Efficiency', ['cpl', 'cac']], ['Quality', ['sql_rate', 'pipeline_conversion']]]

export function Stack({ answer, own, trend }: { answer?: Channels; own?: Row; trend: Answer<Trend> }) {
  const of: (Figures & { previous?: Figures }) | undefined = own ?? answer?.totals
  const t = trend.data
  const points = own ? t?.series.find((s) => s.channel === own.channel)?.points : t?.totals
  if (trend.error?.missing || (answer && !stack.some(([, keys]) => keys.some((k) => measure(k).of(of!) !== null)))) return null
  return (
    <Panel title={answer && stackTitle(of!, answer.currency, own?.channel)} loading={!answer || trend.loading} error={trend.error} again={trend.again} height={300} note={t && maturityFrom(t) ? 'Each course is hatched where its outcomes are still to come.' : undefined}>
      <div class="stack-groups">
        {answer && t && stack.map(([name, keys]) => (
          <section key={name} aria-label={name}>
            <p class="kicker">{name}</p>
            {keys.map((key) => (
              <div class="multiple" key={key}>
                <h3>{measure(key).label}</h3>
                <p class="stack-figure"><Figure m={key} of={of!} currency={answer.currency} subject={own && { channel: own.channel }} short /> <Change m={measure(key)} now={of!} before={of!.previous} currency={answer.currency} /></p>
                {points && points.length > 2 && points.some((p) => measure(key).of(p) !== null) && <MeasureCourse trend={{ ...t, totals: points, previous: undefined }} of={key} height={104} label={`${measure(key).label}${own ? ` of ${own.channel}` : ''} over time`} />}
              </div>
            ))}
          </section>
        ))}
      </div>
    </Panel>
  )
}
