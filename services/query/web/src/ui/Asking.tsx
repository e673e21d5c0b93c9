import { useAsking } from '../lib/asking'

/** Asking is the line under the head of the page while an answer is under way, and the words when it takes long. */
export function Asking() {
  const state = useAsking()
  return <div class={'asking ' + state} role="status">{state === 'long' && <span>Still asking: long periods take a while. You may go on elsewhere meanwhile.</span>}</div>
}
