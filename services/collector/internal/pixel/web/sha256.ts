// SHA-256 (FIPS 180-4). The browser's own, crypto.subtle, answers later, and on https only: a form that is being submitted leaves no time to wait, and an address
// that was to be hashed must never leave as it is.

// The constants are fractions of roots of the first primes, computed at the first use: 64 + 8 numbers in the script would weigh more.
const K: number[] = []
const H: number[] = []

function constants(): void {
  for (let n = 2; K.length < 64; n++) {
    let d = 2
    while (n % d) d++
    if (d < n) continue
    if (H.length < 8) H.push((n ** (1 / 2) * 2 ** 32) | 0)
    K.push((n ** (1 / 3) * 2 ** 32) | 0)
  }
}

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

/** sha256 is the hex digest of a text's UTF-8. */
export function sha256(text: string): string {
  if (!K.length) constants()
  const data = new TextEncoder().encode(text)
  const blocks = new Uint8Array(((data.length + 72) >> 6) << 6)
  blocks.set(data)
  blocks[data.length] = 128
  const view = new DataView(blocks.buffer)
  view.setUint32(blocks.length - 4, data.length * 8)
  const h = H.slice()
  const w: number[] = []
  for (let at = 0; at < blocks.length; at += 64) {
    let [a, b, c, d, e, f, g, k] = h
    for (let i = 0; i < 64; i++) {
      const x = w[i - 15]
      const y = w[i - 2]
      w[i] =
        i < 16
          ? view.getInt32(at + i * 4)
          : (w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + w[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10))) | 0
      const s = (k + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0
      const t = (s + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      k = g
      g = f
      f = e
      e = (d + s) | 0
      d = c
      c = b
      b = a
      a = t
    }
    ;[a, b, c, d, e, f, g, k].forEach((v, i) => (h[i] = (h[i] + v) | 0))
  }
  return h.map((v) => (v >>> 0).toString(16).padStart(8, '0')).join('')
}

/**
 * hashed is an address as its hash and its domain. The collector keeps no more of an address either: the hash says who, the domain which company (free mail
 * says none, and is dropped there). What is no address gives nothing, so that no typing error leaves the browser readable.
 */
export function hashed(address: string): string | undefined {
  const a = address.trim().toLowerCase()
  const at = a.lastIndexOf('@')
  return at < 1 ? undefined : 'sha256:' + sha256(a) + a.slice(at)
}
