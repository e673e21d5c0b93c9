/** Sparkline is the course of a figure, from zero; the last point is marked. It stands beside the figure and carries none of its own. */
export function Sparkline({ values, label, width = 120, height = 28, colour = 'var(--context)' }: { values: (number | null)[]; label: string; width?: number; height?: number; colour?: string }) {
  const known = values.filter((v): v is number => v !== null)
  if (known.length < 2) return null
  const top = Math.max(...known, 0) || 1
  const low = Math.min(...known, 0)
  const x = (i: number) => 2 + (i * (width - 6)) / (values.length - 1)
  const y = (v: number) => height - 3 - ((v - low) * (height - 6)) / (top - low)
  let path = '', pen = false
  values.forEach((v, i) => {
    if (v === null) { pen = false; return }
    path += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`
    pen = true
  })
  const end = values.length - 1, lastValue = values[end]
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <path d={path} style={{ stroke: colour }} />
      {lastValue !== null && lastValue !== undefined && <circle cx={x(end)} cy={y(lastValue)} r="2.4" style={{ fill: colour }} />}
    </svg>
  )
}
