// What is asked once: who reads, what the workspace holds at all.
import { useAnswer, type Failure } from './api'
import type { Bounds, Me } from './scope'
import type { Channels } from './types'
import { today } from './days'

export function useStart(workspace: string | undefined): { bounds?: Bounds; me?: Me; error?: Failure; again: () => void } {
  const answer = useAnswer<Channels>('/channels', { workspace, limit: 1 })
  const me = useAnswer<Me>('/me', {}, false)
  const a = answer.data
  const last = a && a.to > today() ? today() : (a?.to ?? '')
  return { bounds: a && { first: a.from, last, answer: a }, me: me.data, error: answer.error, again: answer.again }
}
