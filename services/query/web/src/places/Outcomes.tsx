// Outcomes: are we on course?
import { useAnswer } from '../lib/api'
import { changed, useAddress } from '../lib/address'
import { meet, unattributed } from '../lib/channels'
import * as f from '../lib/format'
import { useMaturing } from '../lib/maturing'
import { measure, written } from '../lib/measures'
import { length } from '../lib/days'
import { useScope } from '../lib/scope'
import type { Channels, Row, Trend } from '../lib/types'
import { brief } from '../lib/names'
import { MeasureCourse, writer } from '../charts/Course'
import { Lines } from '../charts/Lines'
import { Returns } from '../charts/Returns'
import { roleOf } from '../lib/role'
import { Exports } from '../ui/Choice'
import { Change, Figure } from '../ui/Figure'
import { Headline } from '../ui/Headline'
import { Panel } from '../ui/Panel'
import { maturityNote, multiples, multiplesTitle, outcomeSentence, returnTitle, sourcesTitle } from '../sentences/outcomes'
import { Tiles } from '../ui/Tiles'
import { isNothing, Ways } from '../ui/Ways'
import { AsTable } from './outcomes/AsTable'

export const intervalOf = (from: string, to: string) => { const n = length(from, to); return n <= 35 ? 'day' : n <= 200 ? 'week' : 'month' }

export function Outcomes() {
  const scope = useScope()
  const { params } = useAddress()
  const view = roleOf(params)
  const question = { ...scope.query, limit: 50 }
  const answer = useAnswer<Channels>('/channels', question)
  // One channel's own course is a series; its figures are its row, so that everything on the page is about the same.
  const asked = { ...scope.query, interval: intervalOf(scope.period.from, scope.period.to), by: scope.channel ? 'channel' : 'none', channel: scope.channel || undefined }
  const trend = useAnswer<Trend>('/trend', asked)
  const own = scope.channel ? answer.data?.rows.find((r) => r.channel === scope.channel) : undefined
  const a = answer.data && own ? ownAnswer(answer.data, own) : answer.data, t = trend.data && own ? ownTrend(trend.data, own) : trend.data
  const subject = own && { channel: own.channel }
  useMaturing(t)
  if (a) meet(a.rows.map((r) => r.channel))
  if (!a && answer.error) return <Headline answer={answer} />
  if (a && scope.channel && !own) return <><Headline answer={answer} sentence={`Nothing of ${brief(scope.channel)} is recorded in this period.`} /><Ways /></>
  if (a && isNothing(a.totals)) return <><Headline answer={answer} /><Ways /></>
  return (
    <>
      <Headline answer={answer} waits={trend.loading && !t} sentence={a && `${own ? `${brief(own.channel)}: ` : ''}${outcomeSentence(a, t)}`} />
      <Tiles answer={a} keys={view.tiles} own={own} busy={answer.loading} course={t ? t.totals : trend.loading ? null : undefined} />
      {!trend.error?.missing && (
        <Panel title={t && returnTitle(t)} loading={trend.loading} error={trend.error} again={trend.again} height={280} note={t && maturityNote(t)} actions={<Exports path="/trend" query={asked} />}>
          {t && t.totals.length > 1 && <><ReturnCourse trend={t} /><AsTable trend={t} channel={own?.channel} /></>}
        </Panel>
      )}
      {(trend.loading || (t && a && t.totals.length > 2)) && (
        <Panel title={t && a && (own ? `What ${brief(own.channel)} brought, part by part.` : multiplesTitle(a, t))} loading={trend.loading || answer.loading} height={182} note={!t ? undefined : t.previous?.length ? `Solid: this period. Dashed: ${scope.before ? f.range(scope.before.from, scope.before.to) : 'before'}.` : 'Solid: this period.'}>
          <div class="multiples">
            {t && a && multiples.map((key) => (
              <div class="multiple" key={key}>
                <h3>{measure(key).label}: <Figure m={key} of={a.totals} currency={a.currency} subject={subject} short /> <Change m={measure(key)} now={a.totals} before={a.totals.previous} currency={a.currency} /></h3>
                {t.totals.every((p) => !measure(key).of(p)) && !t.previous?.some((p) => measure(key).of(p)) ? <p class="note">none in this period</p> : <MeasureCourse trend={t} of={key} label={`${measure(key).label} over time; in total ${written(measure(key), a.totals, a.currency)}`} />}
              </div>
            ))}
          </div>
        </Panel>
      )}
      <Panel title={answer.data && sourcesTitle(answer.data)} loading={answer.loading} error={a ? undefined : answer.error} height={320} note="Return by channel, the thin bar is spend on the same scale." actions={<a class="quiet" href={changed({}, 'channels')}>All of it in Channels</a>}>
        {a && <Returns currency={a.currency} entries={a.rows.filter((r) => Number(r.value) > 0 || (r.channel === unattributed && Number(a.totals.value) > 0)).filter((_, i, all) => i < 8 || i === all.length - 1).map((row) => ({ row, name: row.channel }))} />}
      </Panel>
    </>
  )
}

/** ownAnswer is the answer about one channel: its row stands for the totals. What is attributed at all stays that of everything. */
const ownAnswer = (a: Channels, own: Row): Channels => ({ ...a, totals: { ...a.totals, ...own, previous: own.previous } })

/** ownTrend is the course of one channel. The service tells no course before of a single one. */
const ownTrend = (t: Trend, own: Row): Trend => ({ ...t, totals: t.series.find((s) => s.channel === own.channel)?.points ?? [], previous: undefined })

export function ReturnCourse({ trend }: { trend: Trend }) {
  const before = trend.previous?.map((p) => Number(p.value))
  const some = (values: (number | null)[]) => values.some((v) => (v ?? 0) > 0)
  const main = some(trend.totals.map((p) => Number(p.value))) ? 'value' : some(trend.totals.map((p) => Number(p.pipeline))) ? 'pipeline' : 'spend'
  const lines = [
    ...(before && some(before) ? [{ label: 'return before', values: trend.totals.map((_, i) => before[i] ?? null), colour: 'var(--context)', dash: true, quiet: true }] : []),
    ...(main === 'spend' ? [] : [{ label: measure(main).label.toLowerCase(), values: trend.totals.map((p) => Number(main === 'value' ? p.value : p.pipeline)), colour: 'var(--accent)', area: true }]),
    { label: 'spend', values: trend.totals.map((p) => Number(p.spend)), colour: 'var(--context)', quiet: true },
  ]
  return <Lines on={trend.totals.map((p) => p.on)} lines={lines} write={writer('value', trend.currency)} label="Return and spend over time" height={280} immatureFrom={trend.maturity?.immature_from} />
}
