// Figures of the pipeline's health explained: a sum of the facts against the ledger, how far a stage is, what was refused.
import type { ComponentChildren } from 'preact'
import { useAnswer } from '../../lib/api'
import { changed } from '../../lib/address'
import { age, count, exactCount, exactMoney, moment, range } from '../../lib/format'
import { pipelineQuestion, stageName, stageRules, stageState, type PipelineAnswer } from '../../lib/pipeline'
import { useScope } from '../../lib/scope'
import { sentenceCase } from '../../lib/words'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'
import { JourneysOf } from './JourneysOf'

function Frame({ title, crumb, close, children }: { title: string; crumb: string; close: () => void; children: (p: PipelineAnswer) => ComponentChildren }) {
  const scope = useScope()
  const answer = useAnswer<PipelineAnswer>('/pipeline', pipelineQuestion(scope))
  return <><DrawerHead close={close} title={title} crumbs={<>{crumb}<span aria-hidden="true">›</span><span>{title}</span></>} /><div class="drawer-body">{answer.data ? children(answer.data) : answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />}</div></>
}

export function CheckFact({ aspect, parts: [name = ''], close }: OfFact) {
  const { period } = useScope()
  const write = (v: string, currency: string) => (currency ? exactMoney(v, currency) : exactCount(Number(v)))
  const measure = name.split(' ')[0]!
  return (
    <Frame title={sentenceCase(name)} crumb="Ledger against facts" close={close}>{(p) => {
      const c = p.checks.find((x) => x.name === name)
      if (!c) return <p>This sum is not checked in this period.</p>
      return (
        <>
          <section><div class="amount">{write(aspect === 'ledger' ? c.ledger : c.facts, c.currency)}</div><p>{write(c.facts, c.currency)} in the facts, {write(c.ledger, c.currency)} in the ledger: <b>{c.ok ? 'equal' : 'they differ'}</b>.</p></section>
          <section><h3>The rule</h3><p>Facts are the conversions and opportunities themselves, each counted once. The ledger is the credit posted for them under one model, the unattributed included. {range(period.from, period.to)}.</p></section>
          <p><a href={changed({ explain: measure })}>The credit behind it, by channel and campaign</a></p>
          {measure.startsWith('conversion') ? <JourneysOf title="The conversions of the period, the latest first" state="converted" kind="conversion" /> : <JourneysOf title="The opportunities of the period, the latest first" state={measure === 'revenue' || measure === 'customers' ? 'won' : ''} kind="opportunity" />}
        </>
      )
    }}</Frame>
  )
}

export function StageFact({ aspect, parts: [name = ''], close }: OfFact) {
  return (
    <Frame title={stageName(name)} crumb="Stages" close={close}>{(p) => {
      const s = p.stages.find((x) => x.name === name)
      if (!s) return <p>This stage is not told of.</p>
      const amount = aspect === 'lag' ? s.lag : aspect === 'rows' ? s.rows : null
      return (
        <>
          <section>
            <div class="amount">{aspect === 'age' ? (s.freshness_seconds === null ? '–' : age(s.freshness_seconds)) : count(amount)} <small>{aspect === 'lag' ? 'records waiting' : aspect === 'rows' ? 'rows' : 'was the latest'}</small></div>
            <p>State: {stageState[s.state]?.[1] ?? s.state}.</p>
          </section>
          <section><h3>The rule</h3><p>{stageRules[name] ?? 'Rows of this table, all periods together.'}</p><p class="note">{aspect === 'lag' ? 'Records waiting: the end of its Kafka topics less what it has committed. None waiting means that it has seen everything.' : aspect === 'rows' ? 'Rows are those of the table in ClickHouse, of this workspace and all periods.' : 'The age is that of the latest row written; where nothing happens it grows without anything being wrong.'}</p></section>
        </>
      )
    }}</Frame>
  )
}

export function RejectedFact({ parts: [code = '', field = '', source = ''], close }: OfFact) {
  const { period } = useScope()
  return (
    <Frame title="Refused records" crumb="Tracking" close={close}>{(p) => {
      const r = p.rejected.find((x) => x.code === code && x.field === field && x.source === source)
      if (!r) return <p>None of these was refused in this period.</p>
      return (
        <>
          <section><div class="amount">{count(r.count)} <small>{r.count === 1 ? 'record' : 'records'}</small></div><p>{r.reason || r.code}{r.field && <>, in the field <code>{r.field}</code></>}{r.source && `, from ${r.source}`}. The latest on {moment(r.latest)}.</p></section>
          <section><h3>The rule</h3><p>What the collector cannot take is answered with the reason and kept with it, {range(period.from, period.to)}. Mend the field and send it again with the same id: nothing counts twice. Each is a row of the view <code>rejected</code>, with the code <code>{r.code}</code>.</p></section>
        </>
      )
    }}</Frame>
  )
}
