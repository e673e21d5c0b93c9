// Channels: where do we win, where do we waste?
import { useMemo } from 'preact/hooks'
import { url, useAnswer } from '../lib/api'
import { change, changed, useAddress } from '../lib/address'
import { meet, unattributed } from '../lib/channels'
import { listSome, money, ratio } from '../lib/format'
import { groups, measure, measures, type Group } from '../lib/measures'
import { useMaturing, useSoFar } from '../lib/maturing'
import { useScope } from '../lib/scope'
import { readable } from '../lib/words'
import type { Channels as Answer, Compare, Row, Trend } from '../lib/types'
import { Returns } from '../charts/Returns'
import { roleOf } from '../lib/role'
import { Panel } from '../ui/Panel'
import { Courses } from './channels/Courses'
import { intervalOf } from './Outcomes'
import { ChannelTable } from '../ui/Table'
import { Tiles } from '../ui/Tiles'
import { ChannelName } from '../ui/Mark'
import { Choice, Exports } from '../ui/Choice'
import { Headline } from '../ui/Headline'

const rowsAre: [string, string][] = [['channel', 'Channels'], ['campaign', 'Campaigns'], ['content', 'Content'], ['landing_page', 'Landing pages']]

export const labelOf = (row: Row, by: string): string | undefined => (by === 'channel' ? undefined : ((row as unknown as Record<string, string | undefined>)[by] ?? ''))

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
  useMaturing(trend.data)
  const soFar = useSoFar()
  const a = scope.channel && !owned.data && !owned.error ? undefined : answer.data
  const spreads = useMemo(() => new Map(compared.data?.rows.map((r) => [r.channel + '~' + (r.campaign ?? ''), r.roas_spread])), [compared.data])
  if (a) meet(a.rows.map((r) => r.channel))
  if (!a && answer.error) return <Headline answer={answer} />
  return (
    <>
      <Headline answer={answer} sentence={a && (own ? ownSentence(a, own, !!soFar) : soFar ? readable(a.headline.replace(/, (up|down) from [\d.,]+/g, ' so far')) : undefined)} />
      <Tiles answer={a} keys={view.tiles} own={own} />
      <div class="toolbar">
        <Choice label="Rows" value={by} options={rowsAre} onChange={(v) => change({ group_by: v === 'channel' ? '' : v, offset: '', sort: '' })} />
        <Choice label="Figures" value={set} options={[['', view.label], ...Object.entries(groups)] as [string, string][]} onChange={(v) => change({ columns: v })} />
      </div>
      <Panel title={a && returnsTitle(a)} loading={answer.loading} error={answer.error} again={answer.again} height={360} note={a && 'Wide bar: return. Thin bar: spend, on the same scale. “models” is the range over all models.'} actions={<Exports path="/channels" query={question} />}>
        {a && a.rows.length > 0 && <Returns currency={a.currency} entries={a.rows.filter((r) => Number(r.value) > 0 || Number(r.spend) > 0).slice(0, mostBars).map((row) => ({ row, name: row.channel, detail: labelOf(row, by), spread: spreads.get(row.channel + '~' + (row.campaign ?? '')) }))} />}
      </Panel>
      <Courses answer={trend} question={scope.query} rows={a?.rows} channel={scope.channel} />
      <Panel title={a && tableTitle(a, columns)} loading={answer.loading} error={a ? answer.error : undefined} height={480} note="Leading figures stand beside what they led to: a dear lead can be the better one. “few” marks figures that rest on fewer than 5." actions={<a class="quiet" href={url('/channels', question)} target="_blank">As JSON</a>}>
        {a && <ChannelTable answer={a} columns={columns} sort={params.sort ?? ''} nameOf={rowsAre.find(([id]) => id === by)![1]} course="value" own={own} subjectOf={(row) => ({ channel: row.channel, campaign: row.campaign })}
          name={(row) => (row.channel === unattributed ? <ChannelName channel={row.channel} /> : by === 'channel' ? <a href={changed({ channel: row.channel, group_by: 'campaign', offset: '' })} title={`Campaigns of ${row.channel}`}><ChannelName channel={row.channel} /></a> : <ChannelName channel={row.channel} detail={labelOf(row, by)} />)} />}
        {a && (a.page.total ?? 0) > a.page.limit && <Pages answer={a} />}
      </Panel>
    </>
  )
}

/** columnsOf are a group's figures with the outcome they led to. */
const columnsOf = (group: Group) => [...new Set(['spend', ...Object.values(measures).filter((m) => m.group === group && m.key !== 'conversion_value' && m.key !== 'revenue').map((m) => m.key), 'pipeline', 'value', 'roas'])]

function returnsTitle(a: Answer): string {
  const rows = a.rows.filter((r) => r.channel !== unattributed)
  const losing = rows.filter((r) => r.roas !== null && r.roas < 1 && Number(r.spend) > 0)
  const plural = ({ channel: 'channels', campaign: 'campaigns', content: 'ads', landing_page: 'landing pages' } as Record<string, string>)[a.group_by] ?? 'rows'
  const paid = rows.filter((r) => Number(r.spend) > 0)
  // Platforms bill campaigns: what ads and pages cost together stands in the row that names none.
  if (paid.length && (a.group_by === 'content' || a.group_by === 'landing_page')) return `What ${plural} brought. Costs are known by campaign, and stand where none is named.`
  if (!paid.length) return rows.length ? `No spend is recorded for these ${rows.length} ${plural}, so there is no return to show.` : 'Nothing is recorded for this period.'
  if (!losing.length) return `All ${paid.length} ${plural} with spend return more than they cost.`
  return `${listSome(losing.map((r) => labelOf(r, a.group_by) || r.channel))} ${losing.length === 1 ? 'returns' : 'return'} less than ${losing.length === 1 ? 'it costs' : 'they cost'}; ${paid.length - losing.length} of ${paid.length} ${plural} with spend pay back.`
}

/** ownSentence is what a channel's owner asks first: what it returns, and which of its parts most and least. */
function ownSentence(a: Answer, own: Row, soFar: boolean): string {
  const was = soFar ? null : own.previous?.roas
  const first = own.roas === null ? `${own.channel} brought a return of ${money(own.value, a.currency, true)} without spend` : `${own.channel} returns ${ratio(own.roas)} for 1 spent${soFar ? ' so far' : ''}${was === null || was === undefined ? '' : `, ${Math.abs(own.roas - was) < 0.005 ? 'as before' : `${own.roas > was ? 'up' : 'down'} from ${ratio(was)}`}`}`
  const paid = a.rows.filter((r) => r.channel === own.channel && r.roas !== null).sort((x, y) => y.roas! - x.roas!)
  const best = paid[0], worst = paid[paid.length - 1]
  return paid.length > 1 && best && worst ? `${first}; ${labelOf(best, a.group_by) || 'what has no name'} most with ${ratio(best.roas)}, ${labelOf(worst, a.group_by) || 'what has no name'} least with ${ratio(worst.roas)}.` : `${first}.`
}

function tableTitle(a: Answer, columns: string[]): string {
  const key = columns.includes('cpl') ? 'cpl' : columns.includes('cac') ? 'cac' : columns.includes('value') ? 'value' : columns[0]!
  const m = measure(key)
  const rows = a.rows.filter((r) => r.channel !== unattributed && m.of(r) !== null && m.of(r)! > 0)
  if (rows.length < 2) return `${a.page.total ?? a.rows.length} rows in the period.`
  const order = [...rows].sort((x, y) => m.of(x)! - m.of(y)!)
  const name = (r: Row) => labelOf(r, a.group_by) || r.channel
  const first = order[0]!, last = order[order.length - 1]!
  if (key === 'value') return `${name(last)} returns most, ${name(first)} least of those that return anything.`
  const things = key === 'cpl' ? 'leads' : 'customers'
  const same = first.roas !== null && last.roas !== null && last.roas > first.roas
  return `${name(first)} has the cheapest ${things}, ${name(last)} the dearest${same ? `, which return more all the same: ${last.roas!.toFixed(2)} against ${first.roas!.toFixed(2)} for 1` : ''}.`
}

function Pages({ answer }: { answer: Answer }) {
  const { limit, offset = 0, total = 0 } = answer.page
  return <p class="pages"><span>{offset + 1} to {Math.min(offset + limit, total)} of {total}</span>{offset > 0 && <a href={changed({ offset: String(Math.max(0, offset - limit) || '') })}>Previous</a>}{offset + limit < total && <a href={changed({ offset: String(offset + limit) })}>Next</a>}</p>
}
