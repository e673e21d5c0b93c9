// Small multiples: one measure over time each, with the period before in grey behind it.
import { measure, ripens, written } from '../lib/measures'
import { count, money, percent, ratio } from '../lib/format'
import type { Figures, Trend } from '../lib/types'
import { Lines } from './Lines'

export const writer = (key: string, currency: string) => (n: number | null, short?: boolean) => {
  const m = measure(key)
  return m.kind === 'money' ? money(n, currency, short) : m.kind === 'percent' ? percent(n) : m.kind === 'ratio' ? ratio(n) : count(n, short)
}

export function MeasureCourse({ trend, of, height = 150, label }: { trend: Trend; of: string; height?: number; label: string }) {
  const m = measure(of)
  const values = (points?: Figures[]) => points?.map((p) => m.of(p) ?? null)
  const before = values(trend.previous)
  const lines = [
    ...(before && before.some((v) => v) ? [{ label: 'before', values: trend.totals.map((_, i) => before[i] ?? null), colour: 'var(--context)', dash: true, quiet: true }] : []),
    { label: m.label.toLowerCase(), values: values(trend.totals)!, colour: 'var(--accent)', area: true },
  ]
  return <Lines on={trend.totals.map((p) => p.on)} lines={lines} write={writer(of, trend.currency)} label={label} height={height} immatureFrom={ripens(m) ? trend.maturity?.immature_from : undefined} named={false} compact />
}

export const totalText = (of: string, figures: Figures, currency: string) => written(measure(of), figures, currency, true)
