// One figure explained: its sum or its division, the rule that gave the shares, what it is made of, and the way on to the journeys.
import { useAnswer } from '../lib/api'
import { change, changed } from '../lib/address'
import { colour, unattributed } from '../lib/channels'
import { day, percent, range } from '../lib/format'
import { exact, interval, isSmall, measure, modelLabel, modelRules, smallSample, written, type Measure } from '../lib/measures'
import { money } from '../lib/format'
import { useScope } from '../lib/scope'
import type { Channels, Figures, Row } from '../lib/types'
import { DrawerHead } from './DrawerHead'
import { brief, labelOf } from '../lib/names'
import { plainWord } from '../lib/words'
import { Change, Figure, explained, explainOf, type Subject } from './Figure'
import { ChannelName } from './Mark'
import { Skeleton } from './Panel'
import { Trouble } from './States'
import { Contributions } from './Contributions'

export function Explain({ of, close }: { of: string; close: () => void }) {
  const { key, subject: { channel = '', campaign, by, detail } } = explained(of)
  const m = measure(key)
  const scope = useScope()
  const byCampaign = channel !== '' && !by
  const answer = useAnswer<Channels>('/channels', { ...scope.query, channel: channel || undefined, group_by: by || (byCampaign ? 'campaign' : 'channel'), limit: by ? 1000 : 200 })
  const whole = useAnswer<Channels>(byCampaign ? '/channels' : null, { ...scope.query, group_by: 'channel', limit: 200 })
  const rows = answer.data?.rows.filter((r) => (!byCampaign && !by) || r.channel === channel) ?? []
  const subject: (Figures & { previous?: Figures }) | undefined = by ? rows.find((r) => labelOf(r, by) === detail) : campaign ? rows.find((r) => r.campaign === campaign) : byCampaign ? (channel === unattributed ? answer.data?.rows.find((r) => r.channel === unattributed) : whole.data?.rows.find((r) => r.channel === channel)) : answer.data?.totals
  const whose = detail ? `${brief(detail)} in ${brief(channel)}` : by ? `${brief(channel)} without a ${plainWord(by)}` : campaign ? `${brief(campaign)} in ${brief(channel)}` : channel ? brief(channel) : 'all channels'
  const currency = answer.data?.currency ?? scope.currency
  return (
    <>
      <DrawerHead close={close} title={<>{m.label} of {whose}</>} crumbs={<Crumbs m={m} channel={channel} campaign={campaign} by={by} detail={detail} />} />
      <div class="drawer-body">
        {answer.error && <Trouble error={answer.error} again={answer.again} />}
        {!subject && (answer.loading || whole.loading) && <Skeleton height={200} />}
        {!subject && answer.data && !answer.loading && !whole.loading && <p>Nothing of {whose} counts in this period.</p>}
        {subject && <Value m={m} of={subject} currency={currency} subject={{ channel, campaign, by, detail }} />}
        <section>
          <h3>The rule</h3>
          <p>{m.made}</p>
          {m.ledger && <p class="note"><b>{modelLabel(scope.model)}.</b> {modelRules[scope.model] ?? 'A model of your own configuration.'} Counted on the date of the {scope.basis === 'touch' ? 'touch that earned it' : 'conversion or close'}, {range(scope.period.from, scope.period.to)}, {scope.asOf ? `as known on ${day(scope.asOf)}` : 'as known now'}.</p>}
        </section>
        {!campaign && !by && channel !== unattributed && rows.length > 0 && subject && <Parts m={m} rows={rows} of={subject} currency={currency} byCampaign={byCampaign} />}
        {(m.ledger || !m.parts) && !(by && !detail) && <Contributions m={m} channel={channel} campaign={campaign} by={by} detail={detail} />}
      </div>
    </>
  )
}

function Crumbs({ m, channel, campaign, by, detail }: { m: Measure; channel: string; campaign?: string; by?: string; detail?: string }) {
  const steps: [string, string][] = [['All channels', explainOf(m.key)]]
  if (channel) steps.push([channel, explainOf(m.key, { channel })])
  if (campaign) steps.push([campaign, explainOf(m.key, { channel, campaign })])
  if (by) steps.push([detail ? brief(detail) : `without a ${plainWord(by)}`, explainOf(m.key, { channel, by, detail })])
  return <>{steps.map(([label, to], i) => (i === steps.length - 1 ? <bdi key={to}>{label}</bdi> : <><a key={to} href={changed({ explain: to })}><bdi>{label}</bdi></a><span aria-hidden="true">›</span></>))}</>
}

function Value({ m, of, currency, subject }: { m: Measure; of: Figures & { previous?: Figures }; currency: string; subject: Subject }) {
  const range90 = interval(m, of)
  return (
    <section>
      <div class="amount" title={exact(m, of, currency)}>{m.kind === 'money' || m.kind === 'count' ? exact(m, of, currency) : written(m, of, currency)}</div>
      <Change m={m} now={of} before={of.previous} currency={currency} long />
      {m.parts && <p class="formula"><Figure m={m.parts[0]} of={of} currency={currency} subject={subject} /> <span class="quiet">{measure(m.parts[0]).label.toLowerCase()}{m.key === 'roi' ? ' less spend' : ''} ÷</span> <Figure m={m.parts[1]} of={of} currency={currency} subject={subject} /> <span class="quiet">{measure(m.parts[1]).label.toLowerCase()}</span></p>}
      {range90 && <p class="note">If the count behind it is one draw of chance, it lies between {money(range90[0], currency)} and {money(range90[1], currency)} with 90% probability.</p>}
      {isSmall(m, of) && <p class="note bad">It rests on {m.base!(of).toFixed(1)}, fewer than {smallSample}: one more or less would move it a lot.</p>}
    </section>
  )
}

function Parts({ m, rows, of, currency, byCampaign }: { m: Measure; rows: Row[]; of: Figures; currency: string; byCampaign: boolean }) {
  const additive = !m.parts
  const total = m.of(of) ?? 0
  const shown = rows.filter((r) => (m.of(r) ?? 0) !== 0).sort((a, b) => (m.of(b) ?? 0) - (m.of(a) ?? 0))
  const most = Math.max(1e-9, ...shown.map((r) => Math.abs(m.of(r) ?? 0)))
  if (!shown.length) return null
  return (
    <section>
      <h3>{additive ? 'Made of' : 'Beside each other'}: {shown.length} {byCampaign ? (shown.length === 1 ? 'campaign' : 'campaigns') : shown.length === 1 ? 'channel' : 'channels'}</h3>
      <ul class={additive ? 'parts' : 'parts two'}>
        {shown.map((r) => {
          const to = explainOf(m.key, { channel: r.channel, campaign: byCampaign ? r.campaign : undefined })
          const value = m.of(r) ?? 0
          const name = <ChannelName channel={r.channel} detail={byCampaign ? r.campaign : undefined} />
          return (
            <li key={to}>
              {byCampaign && !r.campaign ? name : <button class="open" onClick={() => change({ explain: to })}>{name}</button>}
              <Figure m={m} of={r} currency={currency} subject={{ channel: r.channel, campaign: byCampaign ? r.campaign : undefined }} />
              {additive && <span class="quiet">{total ? percent(value / total) : ''}</span>}
              <svg class="part-bar" width="100%" height="4" aria-hidden="true"><rect height="4" rx="1" width={`${(100 * Math.abs(value)) / most}%`} style={{ fill: colour(r.channel) }} /></svg>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
