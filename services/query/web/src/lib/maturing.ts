// From which day on outcomes are still to come, as the page's trend tells: a fall of figures that reach beyond it is not yet a fall.
import { createContext } from 'preact'
import { useContext, useEffect } from 'preact/hooks'
import { ripens, type Measure } from './measures'
import { useScope } from './scope'
import type { Trend } from './types'

interface Maturing { from: string; set: (from: string) => void }

export const MaturingContext = createContext<Maturing>({ from: '', set: () => {} })

/** maturityFrom is the day from which a trend's outcomes are still to come; empty where all are in. */
export const maturityFrom = (trend: Trend) => (trend.basis === 'touch' && trend.maturity?.immature_from ? trend.maturity.immature_from : '')

/** useMaturing notes what a trend tells, for every figure of the page and its drawer. */
export function useMaturing(trend: Trend | undefined) {
  const { set } = useContext(MaturingContext)
  const from = trend ? maturityFrom(trend) : ''
  useEffect(() => { if (trend) set(from) }, [from, !trend])
}

/** useSoFar is the day from which a measure's outcomes are still to come; empty where the period ends before it, or the measure is no outcome. */
export function useSoFar(m?: Measure): string {
  const { from } = useContext(MaturingContext)
  const scope = useScope()
  return from && scope.basis === 'touch' && (!m || ripens(m)) && scope.period.to >= from ? from : ''
}
