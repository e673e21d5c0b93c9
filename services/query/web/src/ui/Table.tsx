// The table under the picture: figures right-aligned, sortable by the API, the total above, the unattributed last.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { change } from '../lib/address'
import { unattributed } from '../lib/channels'
import { count } from '../lib/format'
import { useSoFar } from '../lib/maturing'
import { measure } from '../lib/measures'
import type { Channels, Figures, Row } from '../lib/types'
import { Sparkline } from '../charts/Sparkline'
import { colour } from '../lib/channels'
import { ByCampaign, Change, Figure, type Subject } from './Figure'

interface Props { answer: Channels; columns: string[]; name: (row: Row) => ComponentChildren; nameOf: string; course?: string; sort: string; own?: Row; subjectOf: (row: Row) => Subject
  /** billed names what a row would be billed by, where a measure of it is known by campaign only. */
  billed?: (row: Row, key: string) => string | undefined }

export function ChannelTable({ answer, columns, name, nameOf, course, sort, own, subjectOf, billed }: Props) {
  const total: Figures & { previous?: Figures } = own ?? answer.totals
  const soFar = useSoFar(course ? measure(course) : undefined)
  const ripe = (on: string[]) => { const at = soFar ? on.findIndex((d) => d >= soFar) : -1; return at >= 0 ? at : undefined }
  const drawn = course && answer.rows.some((r) => r.sparkline && r.sparkline.values.length > 2)
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={`${nameOf}, as a table`}>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col" aria-sort={sorted(sort, 'channel')}><SortButton label={nameOf} by="channel" sort={sort} /></th>
            {drawn && <th scope="col" class="course-head">{measure(course).label}, course</th>}
            {columns.map((key) => {
              const m = measure(key)
              return <th key={key} scope="col" class="number" aria-sort={m.sort ? sorted(sort, m.sort) : undefined}>{m.sort ? <SortButton label={m.label} by={m.sort} sort={sort} title={m.made} /> : <span title={m.made}>{m.label}</span>}</th>
            })}
          </tr>
        </thead>
        <tbody>
          <tr class="total">
            <th scope="row">{own ? `All of ${own.channel}` : 'All'} {total.previous && <small>and change</small>}</th>
            {drawn && <td class="course-cell" />}
            {columns.map((key) => <td key={key} class="number"><Figure m={key} of={total} currency={answer.currency} subject={own && { channel: own.channel }} /><Change m={measure(key)} now={total} before={total.previous} currency={answer.currency} /></td>)}
          </tr>
          {answer.rows.map((row, i) => (
            <tr key={i} class={row.channel === unattributed ? 'apart' : ''}>
              <th scope="row">{name(row)}</th>
              {drawn && <td class="course-cell">{row.sparkline && <Sparkline values={row.sparkline.values.map(Number)} ripe={ripe(row.sparkline.on)} colour={colour(row.channel)} label={`${measure(course).label} of ${row.channel} over the period`} width={88} height={24} />}</td>}
              {columns.map((key) => {
                const by = billed?.(row, key)
                return <td key={key} class="number">{by ? <ByCampaign m={key} channel={row.channel} of={by} /> : <><Figure m={key} of={row} currency={answer.currency} subject={subjectOf(row)} /><Change m={measure(key)} now={row} before={row.previous} currency={answer.currency} /></>}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const sorted = (sort: string, by: string) => (sort === by ? 'ascending' : sort === '-' + by ? 'descending' : undefined)

function SortButton({ label, by, sort, title }: { label: string; by: string; sort: string; title?: string }) {
  const state = sorted(sort, by)
  const next = by === 'channel' ? (state === 'ascending' ? '-' + by : by) : state === 'descending' ? by : '-' + by
  return <button class="sort" title={title} onClick={() => change({ sort: next, offset: '' })}>{label}<span aria-hidden="true" class="arrow">{state === 'ascending' ? '↑' : state === 'descending' ? '↓' : ''}</span></button>
}

/** Plain is a table of texts and figures that is not about channels. */
export function Plain({ head, rows: all, label, numbers = [], long, chosen, most = all.length }: { /** most is how many rows are shown before somebody asks for the others. */ most?: number; head: ComponentChildren[]; rows: ComponentChildren[][]; label: string; numbers?: number[]; long?: boolean; /** chosen is the row that the page's filter is about. */ chosen?: number }) {
  const [whole, show] = useState(false)
  const rows = whole ? all : all.slice(0, most)
  return (<>
    <div class="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table class={'figures' + (long ? ' long' : '')}>
        <thead><tr>{head.map((h, i) => <th key={i} scope="col" class={numbers.includes(i) ? 'number' : ''}>{h}</th>)}</tr></thead>
        <tbody>{rows.map((cells, r) => <tr key={r} class={r === chosen ? 'marked' : undefined} aria-current={r === chosen ? 'true' : undefined}>{cells.map((c, i) => (i === 0 ? <th key={i} scope="row">{c}</th> : <td key={i} class={numbers.includes(i) ? 'number' : ''} data-label={typeof head[i] === 'string' ? head[i] as string : undefined}>{c}</td>))}</tr>)}</tbody>
      </table>
    </div>
    {rows.length < all.length && <p class="pages"><button class="link" onClick={() => show(true)}>Show all {count(all.length)}</button></p>}
  </>)
}
