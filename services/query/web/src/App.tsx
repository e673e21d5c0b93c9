import { useEffect, useMemo, useState } from 'preact/hooks'
import { useAddress } from './lib/address'
import { connect, disconnect, note } from './lib/live'
import { MaturingContext } from './lib/maturing'
import { ScopeContext, scopeOf } from './lib/scope'
import { useStart } from './lib/start'
import { Channels } from './places/Channels'
import { Iteration } from './places/Iteration'
import { Measurement } from './places/Measurement'
import { Outcomes } from './places/Outcomes'
import { Tracking } from './places/Tracking'
import { Controls } from './ui/Controls'
import { Drawer } from './ui/Drawer'
import { Nothing } from './ui/Nothing'
import { Skeleton } from './ui/Panel'
import { placeNames, Shell } from './ui/Shell'
import { Trouble } from './ui/States'

export function App() {
  const { place, params } = useAddress()
  const start = useStart(params.workspace)
  const [from, set] = useState('')
  const maturing = useMemo(() => ({ from, set }), [from])
  useEffect(() => { connect(params.workspace); return disconnect }, [params.workspace])
  useEffect(() => note(start.bounds?.answer.freshness), [start.bounds?.answer])
  useEffect(() => { document.title = `${placeNames[place][0]} · Tributary` }, [place])
  const scope = useMemo(() => start.bounds && scopeOf(params, start.bounds, start.me), [params, start.bounds?.answer, start.me])
  if (!scope) return <Shell>{start.error ? <><h1>No answer yet</h1><Trouble error={start.error} again={start.again} /></> : <><div class="headline"><h1><span class="skeleton line long">Loading</span></h1></div><div class="panel"><Skeleton height={400} /></div></>}</Shell>
  if (!scope.bounds.first) return <Shell><Nothing place={place} /></Shell>
  const Place = { outcomes: Outcomes, channels: Channels, tracking: Tracking, measurement: Measurement, iteration: Iteration }[place]
  return (
    <ScopeContext.Provider value={scope}>
      <MaturingContext.Provider value={maturing}>
        <Shell controls={<Controls />}><Hatch /><Place /></Shell>
        <Drawer />
      </MaturingContext.Provider>
    </ScopeContext.Provider>
  )
}

/** Hatch is the pattern of the uncertain. */
const Hatch = () => <svg width="0" height="0" aria-hidden="true" class="hidden"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-paper" /><line x1="0" y1="0" x2="0" y2="6" class="hatch-line" /></pattern></defs></svg>
