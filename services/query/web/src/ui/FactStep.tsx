// A fact in the drawer.
import { partsOf } from './Fact'
import { DrawerHead } from './Drawer'
import { FunnelFact } from './facts/FunnelFact'
import { LayerFact } from './facts/LayerFact'
import { PathFact } from './facts/PathFact'

const kinds: Record<string, (p: { parts: string[]; close: () => void }) => preact.JSX.Element> = { funnel: FunnelFact, layer: LayerFact, path: PathFact }

export function FactStep({ of, close }: { of: string; close: () => void }) {
  const [kind = '', ...parts] = partsOf(of)
  const Kind = kinds[kind]
  if (Kind) return <Kind parts={parts} close={close} />
  return <><DrawerHead close={close} title="This figure is not known" crumbs={null} /><div class="drawer-body"><p>The address names a figure that this page does not have. Close this, and choose it on the page.</p></div></>
}
