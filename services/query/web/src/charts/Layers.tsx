// The reconciliation as a waterfall, read downward: what each layer holds, hatched between two of them what is missing, and why.
import { count, percent } from '../lib/format'
import { layerNames, lostNames, type Layer } from '../lib/pipeline'
import { sentenceCase } from '../lib/words'
import { Fact, factOf } from '../ui/Fact'

export function Layers({ layers }: { layers: Layer[] }) {
  const most = Math.max(1, ...layers.map((l) => l.count))
  const share = (n: number) => (100 * n) / most
  return (
    <ol class="waterfall layers">
      {layers.map((l) => (
        <>
          {l.missing !== null && l.missing > 0 && (
            <li key={l.layer + '-lost'} class="lost">
              <span>{lostNames[l.layer] ?? 'missing here'}</span>
              <svg width="100%" height="20" aria-hidden="true"><rect x={`${share(l.count)}%`} width={`${Math.max(0.15, share(l.missing))}%`} y="3" height="14" rx="2" style={{ fill: 'url(#hatch)' }} class="hatched" /></svg>
              <span><Fact of={factOf('layer-missing', l.layer)} what={lostNames[l.layer] ?? 'missing here'}>{`−${count(l.missing)}`}</Fact></span>
            </li>
          )}
          <li key={l.layer} class="fall-end">
            <span>{layerNames[l.layer] ?? l.layer}<small>{sentenceCase(l.why)}</small></span>
            <svg width="100%" height="20" aria-hidden="true"><rect x="0" width={`${l.count ? Math.max(0.15, share(l.count)) : 0}%`} y="3" height="14" rx="2" class="fall-total" /></svg>
            <span><Fact of={factOf('layer', l.layer)} what={layerNames[l.layer] ?? l.layer}>{count(l.count)}</Fact>{l.share_of_previous !== null && <small> <Fact of={factOf('layer-share', l.layer)} what="share of the layer it follows from">{percent(l.share_of_previous)}</Fact></small>}</span>
          </li>
        </>
      ))}
    </ol>
  )
}
