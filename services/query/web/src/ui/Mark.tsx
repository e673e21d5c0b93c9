import { mark, unattributed } from '../lib/channels'

/** ChannelMark is a channel's colour and shape; its name always stands beside it. */
export function ChannelMark({ channel, size = 10 }: { channel: string; size?: number }) {
  const m = mark(channel)
  const d = { circle: 'M5 .5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9', square: 'M1 1h8v8H1z', diamond: 'M5 0l5 5-5 5-5-5z', triangle: 'M5 .6L9.8 9.2H.2z' }[m.shape]
  return <svg class="mark" width={size} height={size} viewBox="0 0 10 10" aria-hidden="true"><path d={d} style={m.plain ? { fill: 'none', stroke: m.colour } : { fill: m.colour }} /></svg>
}

/** breakable lets a name break where its words meet, before it has to break anywhere. */
const breakable = (name: string) => name.split(/(?<=[/_.&?=-])(?=[^/_.&?=-])/).map((part, i) => <>{i > 0 && <wbr />}{part}</>)

/** ChannelName is a channel, or something of it (a campaign, a page) with the channel under it; whole is the name in full where detail is a part of it. */
export function ChannelName({ channel, detail, whole, nameless = 'without a name' }: { channel: string; detail?: string; whole?: string; nameless?: string }) {
  return <span class="channel"><ChannelMark channel={channel} /><span class="channel-name" title={whole ?? detail}><span class={detail === undefined && channel === unattributed ? 'clipped unbroken' : 'clipped'}>{breakable(detail || channel)}</span>{detail !== undefined && <small>{detail ? channel : nameless}</small>}</span></span>
}
