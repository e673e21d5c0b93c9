// Channels: where do we win, where do we waste?
import { useMemo } from 'preact/hooks'
import { url, useAnswer } from '../lib/api'
import { change, changed, useAddress } from '../lib/address'
import { meet, unattributed } from '../lib/channels'
import { count } from '../lib/format'
import { groups, isBilled, measure, measures, type Group } from '../lib/measures'
import { isFiner, labelOf, pageName } from '../lib/names'
import { useMaturing, useSoFar } from '../lib/maturing'
import { useScope } from '../lib/scope'
import { plainWord } from '../lib/words'
import { headline, ownSentence, returnsTitle, tableTitle } from '../sentences/channels'
import type { Channels as Answer, Compare, Row, Trend } from '../lib/types'
import { Returns } from '../charts/Returns'
import { roleOf } from '../lib/role'
import { Panel } from '../ui/Panel'
import { Courses } from './channels/Courses'
import { Stack } from './channels/Stack'
import { intervalOf } from './Outcomes'
import { ChannelTable } from '../ui/Table'
import { Tiles } from '../ui/Tiles'
import { ChannelName } from '../ui/Mark'
import { Choice, Exports } from '../ui/Choice'
import { Headline } from '../ui/Headline'
import { isNothing, Ways } from '../ui/Ways'

const rowsAre: [string, string][] = [['channel', 'Channels'], ['campaign', 'Campaigns'], ['content', 'Content'], ['landing_page', 'Landing pages']]

/** mostBars is what a picture can hold; the table has the rest. */
const mostBars = 12

export function Channels() {
  const scope = useScope()
  const { params } = useAddress()
  const by = rowsAre.some(([id]) => id === params.group_by) ? params.group_by! : 'channel'
  const view = roleOf(params)
  const set = params.columns ?? ''
  const columns = set && set in groups ? columnsOf(set as Group) : view.columns
  const question = { ...scope.query, group_by: by, channel: scope.channel, sort: params.sort, limit: 50, offset: params.offset, trend: 'week' }
  const answer = useAnswer<Answer>('/channels', question)
  const compared = useAnswer<Compare>(by === 'channel' || by === 'campaign' ? '/compare' : null, { ...question, model: undefined, compare_from: undefined, compare_to: undefined, sort: undefined, trend: undefined })
  const owned = useAnswer<Answer>(scope.channel ? '/channels' : null, { ...scope.query, channel: scope.channel, limit: 1 })
  const own = scope.channel ? owned.data?.rows.find((r) => r.channel === scope.channel) : undefined
  const trend = useAnswer<Trend>('/trend', { ...scope.query, channel: scope.channel, compare_from: undefined, compare_to: undefined, interval: intervalOf(scope.period.from, scope.period.to), by: 'channel' })
  const finer = isFiner(by)
  // Platforms bill campaigns: which channels are billed at all tells the finer rows whose costs are elsewhere from those that cost nothing.
  const wide = useAnswer<Answer>(finer ? '/channels' : null, { ...scope.query, compare_from: undefined, compare_to: undefined, channel: scope.channel, limit: 200 })
  const costly = useMemo(() => new Set(wide.data?.rows.filter((r) => Number(r.spend) > 0).map((r) => r.channel)), [wide.data])
  const split = useMemo(() => new Set(finer ? answer.data?.rows.filter((r) => labelOf(r, by)).map((r) => r.channel) : []), [answer.data, by])
  const one = by === 'content' ? 'ad' : plainWord(by)
  const billed = (row: Row, key: string) => {
    const m = measure(key)
    if (!finer || !isBilled(m) || !costly.has(row.channel)) return undefined
    return labelOf(row, by) || (m.parts && m.ledger && split.has(row.channel)) || (m.of(row) ?? null) === null ? one : undefined
  }
  const subjectOf = (row: Row) => (finer && row.channel !== unattributed ? { channel: row.channel, by, detail: labelOf(row, by) } : { channel: row.channel, campaign: row.campaign })
  const shownAs = (row: Row) => { const label = labelOf(row, by); return { detail: label && by === 'landing_page' ? pageName(label) : label, whole: label, nameless: by === 'content' ? 'no ad named' : by === 'landing_page' ? 'no page known' : undefined } }
  useMaturing(trend.data)
  const soFar = useSoFar()
  const a = (scope.channel && !owned.data && !owned.error) || (finer && !wide.data && !wide.error) ? undefined : answer.data
  const spreads = useMemo(() => new Map(compared.data?.rows.map((r) => [r.channel + '~' + (r.campaign ?? ''), r.roas_spread])), [compared.data])
  if (a) meet(a.rows.map((r) => r.channel))
  if (!a && answer.error) return <Headline answer={answer} />
  if (a && isNothing(a.totals)) return <><Headline answer={answer} /><Ways /></>
  return (
    <>
      <Headline answer={answer} waits={!a || (trend.loading && !trend.data)} sentence={a && (own ? ownSentence(a, own, !!soFar) : headline(a, !!soFar))} />
      <Tiles answer={a} keys={view.tiles} own={own} busy={answer.loading || owned.loading} />
      <div class="toolbar">
        <Choice label="Rows" value={by} options={rowsAre} onChange={(v) => change({ group_by: v === 'channel' ? '' : v, offset: '', sort: '' })} />
        <Choice label="Figures" value={set} options={[['', view.label], ...Object.entries(groups)] as [string, string][]} onChange={(v) => change({ columns: v })} />
      </div>
      <Panel title={a && returnsTitle(a)} loading={answer.loading} error={answer.error} again={answer.again} height={360} note={a && `Wide bar: return. Thin bar: spend, on the same scale.${by === 'channel' || by === 'campaign' ? ' “models” is the range over all models.' : ''}`} actions={<Exports path="/channels" query={question} total={a?.page.total ?? 0} />}>
        {a && a.rows.length > 0 && <Returns currency={a.currency} entries={a.rows.filter((r) => Number(r.value) > 0 || Number(r.spend) > 0).slice(0, mostBars).map((row) => ({ row, name: row.channel, ...shownAs(row), subject: subjectOf(row), billed: billed(row, 'roas'), spread: spreads.get(row.channel + '~' + (row.campaign ?? '')) }))} />}
      </Panel>
      <Stack answer={a} own={own} trend={trend} />
      <Courses answer={trend} question={scope.query} rows={a?.rows} channel={scope.channel} />
      <Panel title={a && tableTitle(a, columns)} loading={answer.loading} error={a ? answer.error : undefined} height={480} note="Leading figures stand beside what they led to: a dear lead can be the better one. “few” marks figures that rest on fewer than 5." actions={<a class="quiet" href={url('/channels', question)} target="_blank">As JSON</a>}>
        {a && <ChannelTable answer={a} columns={columns} sort={params.sort ?? ''} nameOf={rowsAre.find(([id]) => id === by)![1]} course="value" own={own} subjectOf={subjectOf} billed={billed}
          name={(row) => (row.channel === unattributed ? <ChannelName channel={row.channel} /> : by === 'channel' ? <a href={changed({ channel: row.channel, group_by: 'campaign', offset: '' })} title={`Campaigns of ${row.channel}`}><ChannelName channel={row.channel} /></a> : <ChannelName channel={row.channel} {...shownAs(row)} />)} />}
        {a && (a.page.total ?? 0) > a.page.limit && <Pages answer={a} />}
      </Panel>
    </>
  )
}

/** columnsOf are a group's figures with the outcome they led to. */
const columnsOf = (group: Group) => [...new Set(['spend', ...Object.values(measures).filter((m) => m.group === group && m.key !== 'conversion_value' && m.key !== 'revenue').map((m) => m.key), 'pipeline', 'value', 'roas'])]

function Pages({ answer }: { answer: Answer }) {
  const { limit, offset = 0, total = 0 } = answer.page
  return <p class="pages"><span>{count(offset + 1)} to {count(Math.min(offset + limit, total))} of {count(total)}</span>{offset > limit && <a href={changed({ offset: '' })}>First</a>}{offset > 0 && <a href={changed({ offset: String(Math.max(0, offset - limit) || '') })}>Previous</a>}{offset + limit < total && <a href={changed({ offset: String(offset + limit) })}>Next</a>}{offset + 2 * limit < total && <a href={changed({ offset: String(Math.floor((total - 1) / limit) * limit) })}>Last</a>}</p>
}
