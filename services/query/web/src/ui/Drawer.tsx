// The explain drawer: what a figure is made of, one step at a time, down to the event.
import { useEffect, useRef } from 'preact/hooks'
import { change, useAddress } from '../lib/address'
import { Explain } from './Explain'
import { isFact } from './Fact'
import { FactStep } from './FactStep'
import { JourneyStep } from './JourneyStep'

export function Drawer() {
  const { params } = useAddress()
  const dialog = useRef<HTMLDialogElement>(null)
  const came = useRef<Element | null>(null)
  const open = !!(params.explain || params.journey)
  useEffect(() => {
    const d = dialog.current
    if (!d) return
    if (open && !d.open) { came.current = document.activeElement; d.showModal() }
    if (!open && d.open) {
      d.close()
      if (came.current instanceof HTMLElement && came.current.isConnected) came.current.focus()
    }
  }, [open])
  const close = () => change({ explain: '', journey: '', touch: '' })
  return (
    <dialog ref={dialog} class="drawer" aria-label="What the figure is made of" onCancel={(e) => { e.preventDefault(); close() }} onClick={(e) => e.target === dialog.current && close()}>
      {params.journey ? <JourneyStep id={params.journey} close={close} /> : params.explain && isFact(params.explain) ? <FactStep of={params.explain} close={close} /> : params.explain ? <Explain of={params.explain} close={close} /> : null}
    </dialog>
  )
}
