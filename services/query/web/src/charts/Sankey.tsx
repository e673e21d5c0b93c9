// Paths as a Sankey: a column per step, a band per move from channel to channel, as wide as the journeys that took it.
import { sankey, sankeyLinkHorizontal, type SankeyLink, type SankeyNode } from 'd3-sankey'
import { useEffect, useRef, useState } from 'preact/hooks'
import { colour } from '../lib/channels'
import { count } from '../lib/format'
import { setApart } from '../lib/words'
import { longest, type PathLink as Link, type PathNode as Node } from '../lib/paths'

type N = SankeyNode<Node, { journeys: number }>
type L = SankeyLink<Node, { journeys: number }>

export function Sankey({ nodes, links, chosen, choose }: { nodes: Node[]; links: Link[]; chosen?: string; choose: (channel: string) => void }) {
  const frame = useRef<HTMLDivElement>(null)
  const [width, set] = useState(0)
  useEffect(() => {
    const box = frame.current!
    const see = new ResizeObserver(() => set(box.clientWidth))
    see.observe(box)
    set(box.clientWidth)
    return () => see.disconnect()
  }, [])
  const steps = Math.max(1, ...nodes.map((n) => n.step))
  const room = Math.min(176, 52 + 6.6 * Math.max(...nodes.map((n) => n.channel.length), 0))
  const drawn = Math.max(width, steps * room)
  const perStep = Math.max(...Array.from({ length: steps }, (_, i) => nodes.filter((n) => n.step === i + 1).length), 1)
  const height = Math.min(560, Math.max(280, perStep * 44))
  return (
    <div class="sankey" ref={frame} tabIndex={0} role="region" aria-label="Paths as a flow from step to step">
      {width > 0 && links.length > 0 && <Drawing {...{ nodes, links, chosen, choose, width: drawn, height, room: drawn > width ? room : Math.max(136, room) }} />}
    </div>
  )
}

function Drawing({ nodes, links, chosen, choose, width, height, room }: { nodes: Node[]; links: Link[]; chosen?: string; choose: (channel: string) => void; width: number; height: number; /** room is what a name beside its node may take. */ room: number }) {
  const used = new Set(links.flatMap((l) => [l.from, l.to]))
  const lone = Math.min(...nodes.map((n) => n.step))
  const layout = sankey<Node, { journeys: number }>().nodeId((n) => n.id).nodeWidth(10).nodePadding(16).nodeSort((a, b) => b.journeys - a.journeys)
    .nodeAlign((n, columns) => Math.min(columns - 1, (n as unknown as Node).step - lone)).extent([[0, 24], [width - room, height - 4]])
  const graph = layout({ nodes: nodes.filter((n) => used.has(n.id)).map((n) => ({ ...n })), links: links.map((l) => ({ source: l.from, target: l.to, value: l.journeys, journeys: l.journeys })) })
  const path = sankeyLinkHorizontal<Node, { journeys: number }>()
  const letters = Math.floor((room - 52) / 6.6) + 1
  const fit = (name: string) => setApart([...name].length <= letters ? name : [...name].slice(0, letters - 1).join('') + '…')
  const heads = new Map<number, number>()
  for (const n of graph.nodes as N[]) heads.set(n.step, n.x0!)
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label={`${count(links.reduce((s, l) => s + l.journeys, 0))} moves between channels`}>
      {[...heads].map(([step, x]) => <text key={step} x={x} y="12" class="axis-text">{step === lone ? 'first touch' : step === longest ? 'last touch of the longer' : `step ${step}`}</text>)}
      {(graph.links as L[]).map((l, i) => {
        const from = l.source as N, to = l.target as N
        return <path key={i} d={path(l) ?? ''} class={'flow' + (chosen && from.channel !== chosen && to.channel !== chosen ? ' faded' : '')} style={{ stroke: colour(from.channel), strokeWidth: `${Math.max(1, l.width ?? 1)}px` }}><title>{from.channel} → {to.channel}: {count(l.journeys)} journeys</title></path>
      })}
      {(graph.nodes as N[]).map((n) => (
        <g key={n.id} class={'flow-node' + (chosen && chosen !== n.channel ? ' faded' : '')} role="button" tabIndex={0} aria-pressed={chosen === n.channel} aria-label={`${n.channel} ${count(n.journeys)} journeys at step ${n.step}. Follow it`} onClick={() => choose(n.channel)} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(n.channel) } }}>
          <rect x={n.x0} y={n.y0} width={n.x1! - n.x0!} height={Math.max(1, n.y1! - n.y0!)} rx="2" style={{ fill: colour(n.channel) }} />
          {n.y1! - n.y0! > 6 && <text x={n.x1! + 6} y={(n.y0! + n.y1!) / 2} dy="0.32em"><tspan>{fit(n.channel)}</tspan>{' '}<tspan class="axis-text" dx="3">{count(n.journeys)}</tspan></text>}
        </g>
      ))}
    </svg>
  )
}
