// One journey in time: touches as marks in their channel's colour, stages and the close as lines across.
import { useEffect, useRef, useState } from 'preact/hooks'
import { colour } from '../lib/channels'
import { moment, percent, shortDay } from '../lib/format'
import type { Explanation } from '../lib/journeys'
import { useScope } from '../lib/scope'

export function Timeline({ journey }: { journey: Explanation }) {
  const { model } = useScope()
  const frame = useRef<HTMLDivElement>(null)
  const [width, set] = useState(0)
  useEffect(() => {
    const box = frame.current!
    const see = new ResizeObserver(() => set(box.clientWidth))
    see.observe(box)
    set(box.clientWidth)
    return () => see.disconnect()
  }, [])
  return <div ref={frame} class="timeline-frame">{width > 0 && <Drawing journey={journey} width={width} model={model} />}</div>
}

const mains = ['revenue', 'pipeline', 'conversion_value', 'opportunities', 'conversions']

function Drawing({ journey, width, model }: { journey: Explanation; width: number; model: string }) {
  const stages = (journey.stages ?? []).map((s) => ({ at: Date.parse(s.entered_at), name: s.source_stage || s.stage, label: [...(s.source_stage || s.stage)].slice(0, widestLabel).join('') }))
  const times = [...journey.touches.map((t) => Date.parse(t.occurred_at)), ...stages.map((s) => s.at)]
  const from = Math.min(...times), to = Math.max(...times, from + 3_600_000)
  const left = 12, right = width - 84
  const x = (t: number) => left + ((t - from) / (to - from)) * (right - left)
  const of = mains.find((m) => journey.credits.some((c) => c.model === model && c.measure === m && Number(c.amount) !== 0))
  const weight = (id: string) => journey.credits.find((c) => c.model === model && c.measure === of && c.touchpoint_id === id)
  const rows = place(stages.map((s) => ({ ...s, x: x(s.at) })), width)
  const top = 20 + 16 * (Math.max(0, ...rows.map((r) => r.row)) + (rows.length ? 1 : 0)), base = top + 44
  return (
    <svg class="timeline" width={width} height={base + 28} viewBox={`0 0 ${width} ${base + 28}`} role="img" aria-label={`${journey.touches.length} touches from ${moment(new Date(from).toISOString())} to ${moment(new Date(to).toISOString())}${stages.length ? `; stages ${stages.map((s) => s.label).join(', ')}` : ''}`}>
      <line x1={left} x2={right} y1={base} y2={base} class="zero-line" />
      {rows.map((s, i) => <g key={i}><line x1={s.x} x2={s.x} y1={18 + s.row * 16} y2={base} class="stage-line" /><text x={s.back ? s.x - 4 : s.x + 4} y={14 + s.row * 16} text-anchor={s.back ? 'end' : 'start'} class="stage-text">{s.label}<title>{s.name}, {moment(new Date(s.at).toISOString())}</title></text></g>)}
      {journey.touches.map((t) => {
        const c = weight(t.touchpoint_id), size = 4 + 10 * Math.sqrt(c?.weight ?? 0)
        return <circle key={t.touchpoint_id} cx={x(Date.parse(t.occurred_at))} cy={base - size - 2} r={size} class="timeline-touch" style={{ fill: colour(t.channel) }}><title>{t.channel}{t.campaign ? ` · ${t.campaign}` : ''}, {moment(t.occurred_at)}: {c ? percent(c.weight) : 'no credit'}{c?.positions.length ? ` (${c.positions.join(', ').replaceAll('_', ' ')})` : ''}</title></circle>
      })}
      <text x={left} y={base + 18}>{shortDay(new Date(from).toISOString())}</text>
      <text x={right} y={base + 18} text-anchor="end">{shortDay(new Date(to).toISOString())}</text>
    </svg>
  )
}

/** widestLabel is how many letters of a stage's name are written; its title has the rest. */
const widestLabel = 24

/** place puts labels that would touch into rows of their own; one that would leave the picture stands before its line. */
function place<T extends { x: number; label: string }>(all: T[], width: number): (T & { row: number; back: boolean })[] {
  const ends: number[] = []
  return [...all].sort((a, b) => a.x - b.x).map((s) => {
    const room = s.label.length * 6.6 + 12, back = s.x + room > width
    const from = back ? s.x - room : s.x
    let row = ends.findIndex((end) => end < from)
    if (row < 0) row = ends.length
    ends[row] = back ? s.x : s.x + room
    return { ...s, row, back }
  })
}
