// Measurement: how do people buy, and why does this get credit?
import { changed, useAddress } from '../lib/address'
import { Bridge } from './measurement/Bridge'
import { Funnel } from './measurement/Funnel'
import { Journeys } from './measurement/Journeys'
import { Models } from './measurement/Models'
import { Paths } from './measurement/Paths'

const tabs = [['journeys', 'Journeys', Journeys], ['paths', 'Paths', Paths], ['funnel', 'Funnel', Funnel], ['models', 'Models', Models], ['bridge', 'Ledger', Bridge]] as const

export function Measurement() {
  const { params } = useAddress()
  const [, , View] = tabs.find(([id]) => id === params.tab) ?? tabs[0]
  return (
    <>
      <nav class="tabs" aria-label="Measurement">
        {tabs.map(([id, label, v]) => <a key={id} href={changed({ tab: id, sort: '', offset: '', cursor: '', q: '' })} aria-current={v === View ? 'page' : undefined}>{label}</a>)}
      </nav>
      <View />
    </>
  )
}
