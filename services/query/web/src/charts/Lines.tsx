// Lines over time, by uPlot: one unit, one axis from zero, names at the ends of the lines instead of a legend, hatching where outcomes are still to come.
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { day, shortDay } from '../lib/format'
import { column, isPrinting, sheet } from '../lib/paper'

export interface Line { label: string; values: (number | null)[]; colour: string; dash?: boolean; area?: boolean; quiet?: boolean }

interface Props { on: string[]; lines: Line[]; write: (n: number | null, short?: boolean) => string; label: string; height?: number; immatureFrom?: string; named?: boolean; compact?: boolean }

/** narrow is the width below which no names fit beside the lines: they stand below. */
const narrow = 480

const stamp = (d: string) => Date.parse(d + 'T00:00:00Z') / 1000
const paint = (name: string) => { const m = /^var\((--[\w-]+)\)$/.exec(name); return m ? getComputedStyle(document.documentElement).getPropertyValue(m[1]!).trim() : name }
const font = (size: number, weight = 400) => `${weight} ${size}px "Inter Variable", system-ui, sans-serif`

export function Lines({ on, lines, write, label, height = 240, immatureFrom, named = true, compact }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const tip = useRef<HTMLDivElement>(null)
  const [theme, turned] = useState(0)
  useEffect(() => {
    const turn = () => turned((n) => n + 1)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    addEventListener('themechange', turn)
    dark.addEventListener('change', turn)
    void document.fonts.ready.then(turn)
    return () => { removeEventListener('themechange', turn); dark.removeEventListener('change', turn) }
  }, [])
  const key = JSON.stringify([on, lines, immatureFrom, theme, height])
  useEffect(() => {
    const box = frame.current
    if (!box || on.length < 2) return
    const draw = (width: number) => new uPlot(options({ on, lines, write, height, immatureFrom, named: named && width > narrow, compact: compact || width < narrow, width }, tip), [on.map(stamp), ...lines.map((l) => l.values)] as uPlot.AlignedData, box)
    let plot = draw(box.clientWidth)
    let drawn = box.clientWidth
    const redraw = (width: number) => { drawn = width; plot.destroy(); plot = draw(width) }
    const resize = new ResizeObserver(() => {
      if (isPrinting() || box.clientWidth === drawn) return
      // Crossing the width at which names fit changes what is drawn; else the size alone.
      if ((box.clientWidth > narrow) !== (drawn > narrow)) redraw(box.clientWidth)
      else plot.setSize({ width: (drawn = box.clientWidth), height })
    })
    resize.observe(box)
    // What is printed is what is on the canvas now: there is no time for a render.
    const paper = () => redraw(!isPrinting() ? box.clientWidth : compact ? Math.min(column, box.clientWidth) : sheet)
    addEventListener('paper', paper)
    return () => { removeEventListener('paper', paper); resize.disconnect(); plot.destroy() }
  }, [key])
  return (
    <div class="lines-chart">
      <div role="img" aria-label={label}>
        <div ref={frame} style={{ height: `${height}px` }} />
        <div ref={tip} class="tip" hidden />
      </div>
      {named && lines.length > 1 && <ul class="legend" aria-hidden="true">{lines.map((l) => <li key={l.label}><svg width="20" height="8"><line x1="0" x2="20" y1="4" y2="4" style={{ stroke: l.colour }} class={l.dash ? 'dashed' : undefined} /></svg>{l.label}</li>)}</ul>}
      <div class="hidden"><table><caption>{label}</caption><thead><tr><th scope="col">From</th>{lines.map((l) => <th scope="col" key={l.label}>{l.label}</th>)}</tr></thead><tbody>{on.map((d, i) => <tr key={d}><th scope="row">{day(d)}{immatureFrom && d >= immatureFrom ? ', outcomes still to come' : ''}</th>{lines.map((l) => <td key={l.label}>{write(l.values[i] ?? null)}</td>)}</tr>)}</tbody></table></div>
    </div>
  )
}

interface Plan { on: string[]; lines: Line[]; write: Props['write']; height: number; immatureFrom?: string; named: boolean; compact?: boolean; width: number }

function options(p: Plan, tip: { current: HTMLDivElement | null }): uPlot.Options {
  const quiet = paint('var(--quiet)'), line = paint('var(--line)')
  const room = p.named ? 16 + Math.max(...p.lines.map((l) => l.label.length)) * 6.6 : 12
  return {
    width: p.width, height: p.height, padding: [12, room, 0, 0], legend: { show: false }, tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC'),
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      { stroke: quiet, grid: { show: false }, ticks: { stroke: line, size: 4 }, font: font(11), gap: 4, size: 28, space: p.compact ? 64 : 88, values: (_u, at) => at.map((t) => shortDay(new Date(t * 1000).toISOString().slice(0, 10))) },
      { stroke: quiet, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: font(11), size: p.compact ? 44 : 56, gap: 6, space: p.height < 120 ? 22 : p.compact ? 32 : 44, values: (_u, at) => at.map((v) => p.write(v, true)) },
    ],
    series: [{}, ...p.lines.map((l) => ({ label: l.label, stroke: paint(l.colour), width: l.quiet ? 1.5 : 2.2, dash: l.dash ? [4, 4] : undefined, fill: l.area ? paint(l.colour) + '1f' : undefined, points: { show: false } }))],
    hooks: {
      drawClear: [(u) => hatch(u, p.immatureFrom)],
      draw: [(u) => { maturing(u, p.immatureFrom); if (p.named) names(u, p.lines) }],
      setCursor: [(u) => show(u, p, tip.current)],
    },
  }
}

/** hatch marks the days whose outcomes are still to come: nobody should read them as a decline. */
function hatch(u: uPlot, from?: string) {
  if (!from) return
  const left = Math.max(u.bbox.left, u.valToPos(stamp(from), 'x', true)), right = u.bbox.left + u.bbox.width
  if (!(left < right)) return
  const { ctx } = u, ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, u.bbox.top, right - left, u.bbox.height)
  ctx.clip()
  ctx.strokeStyle = paint('var(--line)')
  ctx.lineWidth = 2 * ratio
  for (let x = left - u.bbox.height; x < right; x += 8 * ratio) { ctx.beginPath(); ctx.moveTo(x, u.bbox.top + u.bbox.height); ctx.lineTo(x + u.bbox.height, u.bbox.top); ctx.stroke() }
  ctx.restore()
}

/** maturing says what the hatching means, over the lines and with the paper around it: a peak may lie where it stands. */
function maturing(u: uPlot, from?: string) {
  if (!from) return
  const left = Math.max(u.bbox.left, u.valToPos(stamp(from), 'x', true)), right = u.bbox.left + u.bbox.width
  const { ctx } = u, ratio = devicePixelRatio
  if (right - left <= 110 * ratio) return
  ctx.save()
  ctx.font = font(11 * ratio)
  ctx.textAlign = 'left'
  ctx.lineJoin = 'round'
  ctx.lineWidth = 4 * ratio
  ctx.strokeStyle = paint('var(--paper)')
  ctx.strokeText('still maturing', left + 6 * ratio, u.bbox.top + 12 * ratio)
  ctx.fillStyle = paint('var(--quiet)')
  ctx.fillText('still maturing', left + 6 * ratio, u.bbox.top + 12 * ratio)
  ctx.restore()
}

/** names writes each line's name at its end, moved apart where they would touch. */
function names(u: uPlot, lines: Line[]) {
  const { ctx } = u, ratio = devicePixelRatio, gap = 14 * ratio
  const ends = lines.map((l, i) => {
    const values = u.data[i + 1]!
    let at = values.length - 1
    while (at > 0 && values[at] == null) at--
    return { l, y: u.valToPos(values[at] ?? 0, 'y', true), x: u.valToPos(u.data[0][at]!, 'x', true) }
  }).sort((a, b) => a.y - b.y)
  for (let i = 1; i < ends.length; i++) ends[i]!.y = Math.max(ends[i]!.y, ends[i - 1]!.y + gap)
  const over = ends.length ? ends[ends.length - 1]!.y - (u.bbox.top + u.bbox.height) : 0
  if (over > 0) for (const e of ends) e.y -= over
  ctx.save()
  ctx.font = font(11 * ratio, 500)
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  for (const e of ends) { ctx.fillStyle = paint(e.l.quiet ? 'var(--quiet)' : 'var(--ink)'); ctx.fillText(e.l.label, u.bbox.left + u.bbox.width + 8 * ratio, e.y) }
  ctx.restore()
}

function show(u: uPlot, p: Plan, tip: HTMLDivElement | null) {
  if (!tip) return
  const i = u.cursor.idx
  if (i === null || i === undefined || (u.cursor.left ?? -1) < 0) { tip.hidden = true; return }
  tip.replaceChildren(Object.assign(document.createElement('b'), { textContent: day(p.on[i]!) }), ...p.lines.map((l) => {
    const row = document.createElement('div'), swatch = document.createElement('i'), value = document.createElement('span')
    swatch.style.background = paint(l.colour)
    value.textContent = p.write(l.values[i] ?? null)
    row.append(swatch, l.label, value)
    return row
  }))
  tip.hidden = false
  const left = u.bbox.left / devicePixelRatio + (u.cursor.left ?? 0)
  tip.style.left = `${left > u.width / 2 ? left - tip.offsetWidth - 14 : left + 14}px`
}
