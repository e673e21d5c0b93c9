// A layer of the reconciliation explained: what counts in it, what is missing against the layer before, and the figure it belongs to.
import { useAnswer } from '../../lib/api'
import { changed } from '../../lib/address'
import { count, percent, range } from '../../lib/format'
import { measure } from '../../lib/measures'
import { behind, layerNames, pipelineQuestion, type PipelineAnswer } from '../../lib/pipeline'
import { useScope } from '../../lib/scope'
import { sentenceCase } from '../../lib/words'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'
import { JourneysOf } from './JourneysOf'

export function LayerFact({ aspect, parts: [layer = ''], close }: OfFact) {
  const scope = useScope()
  const answer = useAnswer<PipelineAnswer>('/pipeline', pipelineQuestion(scope))
  const l = answer.data?.layers.find((x) => x.layer === layer)
  const name = layerNames[layer] ?? layer
  const key = behind[layer]
  return (
    <>
      <DrawerHead close={close} title={name} crumbs={<>Reconciliation<span aria-hidden="true">›</span><span>{name}</span></>} />
      <div class="drawer-body">
        {!answer.data && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {l && (
          <section>
            <div class="amount">{aspect === 'share' ? percent(l.share_of_previous) : aspect === 'missing' ? `−${count(l.missing)}` : count(l.count)}</div>
            {aspect !== 'layer' && <p>{count(l.count)} are in this layer.</p>}
            {l.share_of_previous !== null && <p>{percent(l.share_of_previous)} of the layer it follows from{l.missing ? `; ${count(l.missing)} have nothing here` : ''}.</p>}
            <p class="note">{sentenceCase(l.why)}. {range(scope.period.from, scope.period.to)}.</p>
          </section>
        )}
        {key && <p><a href={changed({ explain: key })}>{measure(key).label} by channel and campaign</a>, for all that are counted on the date of the {scope.basis}.</p>}
        {(layer === 'crm' || layer === 'ledger') && <JourneysOf title="The opportunities of the period, the latest first" state="" kind="opportunity" />}
        {layer === 'journeys' && <JourneysOf title="The conversions of the period, the latest first" state="converted" kind="conversion" />}
      </div>
    </>
  )
}
