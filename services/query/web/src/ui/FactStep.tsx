// A fact in the drawer.
import { partsOf } from './Fact'
import type { OfFact } from './Fact'
import { DrawerHead } from './DrawerHead'
import { ArrivalFact } from './facts/ArrivalFact'
import { CreditFact, PostingFact } from './facts/CreditFact'
import { FunnelFact } from './facts/FunnelFact'
import { CheckFact, RejectedFact, StageFact } from './facts/HealthFact'
import { IssueFact } from './facts/IssueFact'
import { LayerFact } from './facts/LayerFact'
import { PathFact } from './facts/PathFact'
import { SpreadFact } from './facts/SpreadFact'

const kinds: Record<string, (p: OfFact) => preact.JSX.Element> = {
  funnel: FunnelFact, layer: LayerFact, path: PathFact, arrival: ArrivalFact, wasted: ArrivalFact, spread: SpreadFact, check: CheckFact, stage: StageFact, rejected: RejectedFact,
  issue: IssueFact, posting: PostingFact, credit: CreditFact,
}

export function FactStep({ of, close }: { of: string; close: () => void }) {
  const [word = '', ...parts] = partsOf(of)
  const [kind = '', aspect = ''] = word.split('-')
  const Kind = kinds[kind]
  if (Kind) return <Kind aspect={aspect || kind} parts={parts} close={close} />
  return <><DrawerHead close={close} title="This figure is not known" crumbs={null} /><div class="drawer-body"><p>The address names a figure that this page does not have. Close this, and choose it on the page.</p></div></>
}
