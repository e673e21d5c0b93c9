// A journey in the drawer.
import { changed } from '../lib/address'
import { journeyName } from '../lib/journeys'
import { JourneyView } from '../places/measurement/Journey'
import { DrawerHead } from './DrawerHead'

export function JourneyStep({ id, close }: { id: string; close: () => void }) {
  return (
    <>
      <DrawerHead close={close} title={<>Journey <bdi title={id}>{journeyName(id)}</bdi></>} crumbs={<a href={changed({ journey: '' })}>‹ back to the figure</a>} />
      <div class="drawer-body"><JourneyView id={id} narrow /></div>
    </>
  )
}
