// Paths: the channels that journeys went through, as a Sankey and as a table.
import { useAnswer } from '../../lib/api'
import { change, changed, useAddress } from '../../lib/address'
import { meet } from '../../lib/channels'
import { count, days, exactMoney, money, percent, range } from '../../lib/format'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { pathsQuestion, type PathsAnswer } from '../../lib/paths'
import { Sankey } from '../../charts/Sankey'
import { Choice, Exports } from '../../ui/Choice'
import { Fact, factOf } from '../../ui/Fact'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { flowTitle, lengthTitle, pathsSentence } from '../../sentences/measurement'
import { Empty } from '../../ui/States'
import { Plain } from '../../ui/Table'
import { Path } from './Journeys'

const kinds: [string, string][] = [['', 'All'], ['opportunity', 'Deals'], ['conversion', 'Conversions']]
const ways: [string, string][] = [['exposure', 'Repeats as one'], ['unique', 'Each once'], ['none', 'Every touch']]

/** fewest is the share of journeys below which a band is left out of the picture: hairlines hide the flow. */
const fewest = 0.004

export function Paths() {
  const scope = useScope()
  const { params } = useAddress()
  const question = pathsQuestion(scope, params)
  const answer = useAnswer<PathsAnswer>('/paths', question)
  const p = answer.data
  if (p) meet(p.nodes.map((n) => n.channel))
  const least = p ? Math.max(1, p.totals.journeys * fewest) : 1
  const links = p?.links.filter((l) => l.journeys >= least) ?? []
  return (
    <>
      <Sentence answer={answer} sentence={p && pathsSentence(p)} scope={<>Journeys {range(scope.period.from, scope.period.to)} · touches that the {modelLabel(p?.model ?? 'linear')} model credits · {p?.currency ?? scope.currency}{p && p.totals.without_touch > 0 && ` · ${count(p.totals.without_touch)} ${p.totals.without_touch === 1 ? 'journey' : 'journeys'} without any touch ${p.totals.without_touch === 1 ? 'has' : 'have'} no path`}</>} missing={<p>Single journeys are under Journeys.</p>} />
      {(p || !answer.error) && (
        <>
          <div class="toolbar">
            <Choice label="Journeys" value={params.kind === 'all' ? '' : (params.kind ?? 'opportunity')} options={kinds} onChange={(v) => change({ kind: v || 'all' })} />
            <Choice label="Repeats" value={params.collapse ?? 'exposure'} options={ways} onChange={(v) => change({ collapse: v === 'exposure' ? '' : v })} />
            <Exports path="/paths" query={{ ...question, limit: 1000 }} />
          </div>
          <Panel title={p && flowTitle(p)} loading={answer.loading} height={440} note={p && `Band: journeys from one channel to the next. ${links.length < p.links.length ? `${p.links.length - links.length} bands of fewer than ${Math.ceil(least)} journeys are left out here and counted in the table.` : ''} Click a channel to follow it.`} wide>
            {p && p.totals.journeys === 0 && <Empty><p class="note">A path needs touches and what they led to: a conversion, or a deal of the CRM. <a href={changed({}, 'tracking')}>Tracking</a> shows what arrives.</p></Empty>}
            {p && p.totals.journeys > 0 && <Sankey nodes={p.nodes} links={links} chosen={scope.channel} choose={(c) => change({ channel: c === scope.channel ? '' : c })} />}
          </Panel>
          {(!p || p.totals.journeys > 0) && <Panel title={p && lengthTitle(p)} loading={answer.loading} height={360} wide>
            {p && <Plain label="Paths" long numbers={[1, 2, 3, 4, 5]} head={['Path', 'Journeys', 'Share', 'Customers', `Return, ${p.currency}`, 'Median time']} rows={p.paths.map((r) => [<Path channels={r.channels} words />, <Fact of={factOf('path', ...r.channels)} what={`journeys by ${r.channels.join(', ')}`}>{count(r.journeys)}</Fact>, <Fact of={factOf('path-share', ...r.channels)} what="share of journeys">{percent(r.share)}</Fact>, <Fact of={factOf('path-customers', ...r.channels)} what="customers who came by it">{count(r.customers)}</Fact>, <Fact of={factOf('path-value', ...r.channels)} what="return of these journeys" exact={exactMoney(r.value, r.currency)}>{money(r.value, r.currency)}</Fact>, <Fact of={factOf('path-time', ...r.channels)} what="time from first touch to outcome, the middle one">{days(r.median_days)}</Fact>])} />}
          </Panel>}
        </>
      )}
    </>
  )
}
