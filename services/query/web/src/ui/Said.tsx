/** Said is what a page's heading says: its first sentence, and what follows it, which a narrow screen writes smaller. */
export function Said({ text }: { text: string }) {
  const at = text.search(/(?<=[.!?]) (?=\p{Lu}|\d|["“\u2068])/u)
  return at < 0 ? <>{text}</> : <>{text.slice(0, at)} <span class="more">{text.slice(at + 1)}</span></>
}
