// What the API answers, as far as the dashboard reads it. Money is a decimal string with its currency beside it.

export interface Figures {
  spend: string; impressions: number; clicks: number; touchpoints: number; conversions: number; conversion_value: string
  opportunities: number; customers: number; pipeline: string; revenue: string; value: string
  roi: number | null; roas: number | null; cpl: string | null; cost_per_opportunity: string | null; cac: string | null
  ctr: number | null; cpc: string | null; cvr: number | null; click_cvr: number | null; sql_rate: number | null; pipeline_conversion: number | null
  payback_months: number | null
}

export interface Point extends Figures { on: string; immature: boolean; partial: boolean }
export interface Course { interval: string; measure: string; on: string[]; values: string[]; spend: string[] }

export interface Maturity { measure: string; median_days: number | null; p90_days: number | null; immature_from: string; samples: number; measures: { measure: string; median_days: number; p90_days: number; samples: number }[] }
export interface Trend extends Scope {
  headline: string; model: string; interval: 'day' | 'week' | 'month'; series: { channel: string; currency: string; points: Point[] }[]; totals: Point[]; previous?: Point[]
  maturity: Maturity; freshness: Freshness; warnings: Warning[]
}

export interface Row extends Figures {
  channel: string; campaign?: string; content?: string; landing_page?: string; source?: string; medium?: string
  currency: string; previous?: Figures; sparkline?: Course
}

export interface Scope {
  workspace: string; basis: 'touch' | 'close'; from: string; to: string; group_by: string; currency: string
  value_basis: string; conversion_types: string[]; available_models: string[]; as_of?: string | null
}

export interface Totals extends Figures {
  currency: string; coverage: number | null; coverage_measure: string
  coverage_by_measure: Record<string, number | null>; previous?: Figures
}

export interface Freshness { recorded_at: string | null; age_seconds: number | null }
export interface Warning { code: string; detail: string }
export interface Page { limit: number; offset?: number; total?: number; next_cursor?: string | null }

export interface Channels extends Scope {
  headline: string; model: string; comparison?: { from: string; to: string }; rows: Row[]; totals: Totals; page: Page
  freshness: Freshness; warnings: Warning[]
}

export interface ComparedRow {
  channel: string; campaign?: string; currency: string
  models: (Figures & { model: string })[]; roas_spread: { min: number | null; max: number | null }
}

export interface Compare extends Scope {
  headline: string; models: string[]; rows: ComparedRow[]; totals: (Totals & { model: string })[]; page: Page; freshness: Freshness; warnings: Warning[]
}

export interface Problem { type: string; title: string; status: number; detail: string }
