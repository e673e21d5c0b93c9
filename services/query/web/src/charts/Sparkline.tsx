/** Sparkline is the course of a figure, from zero; the last point is marked, and dots lead on from the ripe values to those whose outcomes are still to
 * come. It stands beside the figure and carries none of its own. */
export function Sparkline({ values, label, width = 120, height = 28, colour = 'var(--context)', ripe = values.length }: { values: (number | null)[]; label: string; width?: number; height?: number; colour?: string; /** ripe is how many of the values are complete. */ ripe?: number }) {
  const known = values.filter((v): v is number => v !== null)
  if (known.length < 2) return null
  const top = Math.max(...known, 0) || 1
  const low = Math.min(...known, 0)
  const x = (i: number) => 2 + (i * (width - 6)) / (values.length - 1)
  const y = (v: number) => height - 3 - ((v - low) * (height - 6)) / (top - low)
  const course = (from: number, to: number) => {
    let path = '', pen = false
    for (let i = Math.max(0, from); i < to; i++) {
      const v = values[i] ?? null
      if (v !== null) path += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`
      pen = v !== null
    }
    return path
  }
  const end = values.length - 1, lastValue = values[end]
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <path d={course(0, ripe)} style={{ stroke: colour }} />
      {ripe < values.length && <path class="unripe" d={course(ripe - 1, values.length)} style={{ stroke: colour }} />}
      {lastValue !== null && lastValue !== undefined && <circle cx={x(end)} cy={y(lastValue)} r="2.4" style={{ fill: colour }} />}
    </svg>
  )
}
