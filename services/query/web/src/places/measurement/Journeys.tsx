// Journeys: the list, and one of them as a time line beside it.
import { useState } from 'preact/hooks'
import { useAnswer } from '../../lib/api'
import { change, changed, useAddress } from '../../lib/address'
import { isGap, meet } from '../../lib/channels'
import { count, day, exactMoney, money, range } from '../../lib/format'
import type { JourneyList, JourneyRow } from '../../lib/journeys'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { Choice, Exports } from '../../ui/Choice'
import { ChannelMark } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { journeyTitle } from '../../sentences/measurement'
import { Plain } from '../../ui/Table'
import { JourneyView } from './Journey'

const states: [string, string][] = [['', 'All'], ['won', 'Won'], ['open', 'Open'], ['lost', 'Lost'], ['converted', 'Conversions']]

export function Journeys() {
  const scope = useScope()
  const { params } = useAddress()
  const state = params.state ?? 'won'
  const chosen = state === 'all' ? '' : state
  const question = { workspace: scope.query.workspace, from: scope.period.from, to: scope.period.to, state: chosen, q: params.q, channel: scope.channel, account: params.account, as_of: scope.query.as_of, sort: params.sort, limit: 25, cursor: params.cursor }
  const answer = useAnswer<JourneyList>('/journeys', question)
  const j = answer.data
  const shown = params.at ?? j?.rows[0]?.journey_id
  return (
    <>
      <Sentence answer={answer} scope={<>Opened {range(scope.period.from, scope.period.to)} · {modelLabel(scope.model)} model · amounts in each deal’s own currency · {scope.asOf ? `as known on ${day(scope.asOf)}` : 'as known now'}</>} missing={<p>A journey of which you know the id opens here: <a href={changed({ journey: 'o:demo-acct-1-deal-1' })}>for example</a>.</p>} />
      {(j || !answer.error) && (
        <>
          <div class="toolbar">
            <Choice label="State" value={chosen} options={states} onChange={(v) => change({ state: v || 'all', at: '', cursor: '' })} />
            <Search />
            <Exports path="/journeys" query={{ ...question, limit: 1000, cursor: undefined }} />
          </div>
          {(shown || answer.loading) && <Panel title={j && shown ? journeyTitle(j.rows.find((r) => r.journey_id === shown), shown) : undefined} loading={answer.loading} height={760}>{shown && <JourneyView id={shown} />}</Panel>}
          <Panel title={j && (j.rows.length ? `${count(j.page.total ?? j.rows.length)} journeys, the latest first; one of them is above.` : 'No journey fits these filters.')} loading={answer.loading} height={1000} wide>
            {j && j.rows.length > 0 && <List rows={j.rows} shown={shown} />}
            {j && j.rows.length === 0 && <p class="note">Take a longer period, or <a href={changed({ state: 'all', q: '', channel: '' })}>show all states</a>.</p>}
            {(j?.page.next_cursor || params.cursor) && <p class="pages">{params.cursor && <a href={changed({ cursor: '', at: '' })}>First page</a>}{j?.page.next_cursor && <a href={changed({ cursor: j.page.next_cursor, at: '' })}>Next</a>}</p>}
          </Panel>
        </>
      )}
    </>
  )
}

function List({ rows, shown }: { rows: JourneyRow[]; shown?: string }) {
  meet(rows.flatMap((r) => r.channels))
  return (
    <Plain label="Journeys" long numbers={[3, 4]} head={['Who', 'State', 'Path', 'Amount', 'Touches', 'Opened', 'Closed']} rows={rows.map((r) => [
      <a href={changed({ at: r.journey_id })} aria-current={r.journey_id === shown ? 'true' : undefined} title={r.journey_id}>{r.account_id || r.person_id || r.journey_id}</a>,
      <span class={'badge ' + r.state}>{r.state === 'open' ? r.stage || 'open' : r.state === 'converted' ? r.conversion_type : r.state}</span>,
      <Path channels={r.channels} />,
      r.amount ? <a class="figure" href={changed({ journey: r.journey_id })} title={exactMoney(r.amount, r.currency)}>{money(r.amount, r.currency)}</a> : <span class="nothing" title="no amount given">–</span>, <a class="figure" href={changed({ journey: r.journey_id })} title={`The ${r.touches} touches`}>{r.touches}</a>, day(r.opened_on), day(r.closed_on),
    ])} />
  )
}

/** Path is the channels of a journey in order, as marks; a word with each for who cannot tell them apart. */
export function Path({ channels, words }: { channels: string[]; words?: boolean }) {
  return <span class="path" title={channels.join(' → ')}>{channels.map((c, i) => <span key={i} class="row-tight">{i > 0 && words && <span class="arrow-right" aria-hidden="true">→ </span>}{!isGap(c) && <ChannelMark channel={c} />}{words ? <> <bdi>{c}</bdi></> : <span class="hidden">{c}, </span>}</span>)}</span>
}

function Search() {
  const { params } = useAddress()
  const [text, set] = useState(params.q ?? '')
  return <form class="row" role="search" onSubmit={(e) => { e.preventDefault(); change({ q: text.trim(), at: '', cursor: '' }) }}><input aria-label="Account, person, stage or id" placeholder="Account, person, stage" value={text} onInput={(e) => set(e.currentTarget.value)} /><button class="button">Find</button></form>
}
