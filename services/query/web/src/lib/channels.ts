// Each channel keeps one colour everywhere. The colours are told apart under protanopia, deuteranopia and tritanopia (a test measures the
// distances); a mark's shape says it once more, and wherever it fits the name stands beside it.

/** known are the shipped channels in the order in which they take their colours; one place is one colour, so no two of the first fourteen are alike. */
const known = [
  'Paid Search', 'Paid Social', 'Organic Search', 'Display', 'Email', 'Event', 'Webinar', 'Referral', 'Direct', 'AI Assistant', 'Organic Social', 'Paid Video', 'Affiliates', 'Partner',
  'Organic Video', 'Paid Shopping', 'Organic Shopping', 'SMS', 'Mobile Push Notifications', 'Audio', 'Cross-network', 'Paid Other', 'Unassigned',
]

export const colours = 14
export const shapes = ['circle', 'square', 'diamond', 'triangle'] as const
export type Shape = (typeof shapes)[number]
export interface Mark { colour: string; shape: Shape; plain: boolean }

export const unattributed = '(unattributed)'

/** isGap tells the ellipsis that stands for the steps left out of a long path: it is no channel and has no colour. */
export const isGap = (name: string) => name === '…' || name === '...'

/** places remembers what channels of its own a workspace brought, in the order in which they came to sight; names sort first, so that a reload gives the same. */
const places = new Map(known.map((name, i) => [name.toLowerCase(), i]))

/** meet gives channels that are not shipped their places, all of a view at once. */
export function meet(names: string[]) {
  for (const name of [...new Set(names)].sort()) {
    const key = name.toLowerCase()
    if (name && name !== unattributed && !isGap(name) && !places.has(key)) places.set(key, places.size)
  }
}

export function mark(channel: string): Mark {
  if (channel === unattributed || channel === '' || isGap(channel)) return { colour: 'var(--unattributed)', shape: 'square', plain: true }
  meet([channel])
  const place = places.get(channel.toLowerCase())!
  return { colour: `var(--c${place % colours})`, shape: shapes[Math.floor(place / colours) % shapes.length]!, plain: false }
}

export const colour = (channel: string) => mark(channel).colour
