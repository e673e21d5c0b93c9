// The sentences of the dashboard at their edges: none, one, ties, nulls, no spend, one step of data. Sources are loaded by Vite, as the page has them.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

globalThis.navigator ??= { language: 'en-US' }

const root = fileURLToPath(new URL('..', import.meta.url))
const vite = await createServer({ root, configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } })
after(() => vite.close())
const [channels, outcomes, tracking, measurement, names, words, format, { interval, measure }] = await Promise.all(['sentences/channels', 'sentences/outcomes', 'sentences/tracking', 'sentences/measurement', 'lib/names', 'lib/words', 'lib/format', 'lib/measures'].map((m) => vite.ssrLoadModule(`/src/${m}.ts`)))

const figures = (f = {}) => ({ spend: '0.00', impressions: 0, clicks: 0, touchpoints: 0, conversions: 0, conversion_value: '0.00', opportunities: 0, customers: 0, pipeline: '0.00', revenue: '0.00', value: '0.00', roi: null, roas: null, cpl: null, cost_per_opportunity: null, cac: null, ctr: null, cpc: null, cvr: null, click_cvr: null, sql_rate: null, pipeline_conversion: null, payback_months: null, ...f })
/** row has the return that its amounts give. */
const row = (channel, spend, value, more = {}) => figures({ channel, currency: 'USD', spend: spend.toFixed(2), value: value.toFixed(2), roas: spend > 0 ? value / spend : null, ...more })
const answer = (rows, more = {}) => ({ group_by: 'channel', currency: 'USD', headline: 'The service says so.', rows, totals: { ...figures({ spend: rows.reduce((s, r) => s + Number(r.spend), 0).toFixed(2), value: rows.reduce((s, r) => s + Number(r.value), 0).toFixed(2) }), coverage_by_measure: {} }, page: { limit: 50, total: rows.length }, warnings: [], ...more })
const is = (got, want) => assert.equal(got, want)

test('returnsTitle: a return of exactly 1 pays back, the dearest loss comes first', () => {
  const title = (rows, more) => channels.returnsTitle(answer(rows, more))
  is(title([]), 'Nothing is recorded for this period.')
  is(title([row('Direct', 0, 900)]), 'No spend is recorded for Direct, so there is no return on it to show.')
  is(title([row('Direct', 0, 900), row('Email', 0, 0)]), 'No spend is recorded for these 2 channels, so there is no return on it to show.')
  is(title([row('Email', 100, 100)]), 'Email returns what it costs or more.')
  is(title([row('Email', 100, 100), row('Display', 100, 250)]), 'Both channels with spend return what they cost or more.')
  is(title([row('Email', 100, 99.99)]), 'Email returns less than it costs.')
  is(title([row('Small', 10, 0), row('Large', 900, 10), row('Good', 5, 50)]), 'Large and Small return less than they cost; 1 of 3 channels with spend pays back.')
  is(title([row('Good', 5, 50)], { page: { limit: 1, total: 9 } }), 'Good returns what it costs or more.')
  is(title([row('Paid Social', 0, 50, { content: 'blue' }), row('Paid Social', 90, 0, { content: '' })], { group_by: 'content' }), 'What ads brought. Costs are known by campaign only, and stand where none is named.')
  is(title([row('(unattributed)', 0, 50)]), 'Nothing is recorded for this period.')
})

test('stackTitle: each step that is known, and nothing made of nothing', () => {
  const say = (x, whose) => channels.stackTitle(figures(x), 'USD', whose)
  is(say({ spend: '100.00', cvr: 0.14, cpl: '20.00', sql_rate: 0.5, pipeline_conversion: 0.25, cac: '160.00', roas: 3, conversions: 8, opportunities: 4 }), '14% of touches convert, at $20.00 each; 50% of conversions become an opportunity; 25% of opportunities a customer, at $160 each; each 1 spent brings 3.00 back.')
  is(say({ spend: '0.00', cvr: 0.14, cpl: '0.00' }, 'Organic Search'), '14% of touches of Organic Search convert.')
  is(say({ sql_rate: 2, conversions: 2, opportunities: 4 }), 'There are 4 opportunities for 2 conversions.')
  is(say({ cvr: 0, pipeline_conversion: 0.75, cac: '43.08', spend: '10.00' }), '75% of opportunities become a customer, at $43.08 each.')
  is(say({}), 'Nothing converts in this period yet.')
})

test('names: those written from right to left are set apart', () => {
  is(names.brief('חורף 2026'), '\u2068חורף 2026\u2069')
  is(names.brief('winter'), 'winter')
  is(words.readable('חורף 2026 in שותפים earned 1,234.56 USD, after מבצע, קיץ.'), '\u2068חורף 2026\u2069 in \u2068שותפים\u2069 earned $1,235, after \u2068מבצע\u2069, \u2068קיץ\u2069.')
})

test('figures: as many decimals as their currency has, and as tell something', () => {
  is(format.money('45.00', 'JPY'), '¥45')
  is(format.money('45.5', 'USD'), '$45.50')
  is(format.money('45.125', 'KWD').replace('\u00a0', ' '), 'KWD 45.13')
  is(format.exactMoney('45.125', 'KWD'), '45.125 KWD')
  is(['0.0057', '0.04', '0.25', '0', '1'].map((n) => format.percent(Number(n))).join(' '), '0.57% 4.0% 25% 0% 100%')
  is([0.234, 3.976, 16.67, 151.2].map(format.ratio).join(' '), '0.23 3.98 16.7 151')
  is(format.listSome(['a', 'b', 'c', 'd']), 'a, b, c, and d')
  is(format.listSome(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more')
  is(interval(measure('cac'), figures({ customers: 20 })), null)
  is(words.readable('a in B brings 0.2% of 209,467 USD, the most of 10000 campaigns.'), 'a in B brings 0.2% of $209K, the most of 10,000 campaigns.')
})

test('ownSentence: only parts with 2% of the spend are best or worst', () => {
  const own = row('Paid Search', 1000, 3000), of = (rows, more = {}) => answer(rows, { group_by: 'campaign', ...more })
  const part = (campaign, spend, value, customers = 5) => row('Paid Search', spend, value, { campaign, customers })
  is(channels.ownSentence(of([part('brand', 500, 2500), part('generic', 490, 480), part('lucky', 10, 900)]), own, false), 'Paid Search returns 3.00 for 1 spent; of 2 campaigns with 2% of its spend and 5 outcomes or more, brand returns most with 5.00, generic least with 0.98.')
  is(channels.ownSentence(of([part('lucky', 500, 9000, 4.9), part('brand', 500, 2500), part('generic', 490, 480), part('poor', 500, 1, 0.5)]), own, false), 'Paid Search returns 3.00 for 1 spent; of 2 campaigns with 2% of its spend and 5 outcomes or more, brand returns most with 5.00, generic least with 0.98.')
  is(channels.ownSentence(of([part('brand', 500, 1500), part('generic', 500, 1500)]), own, false), 'Paid Search returns 3.00 for 1 spent, and so does each of its 2 campaigns.')
  is(channels.ownSentence(of([part('brand', 1000, 3000)]), own, false), 'Paid Search returns 3.00 for 1 spent.')
  is(channels.ownSentence(of([part('', 500, 2500), part('b', 500, 500)]), own, false), 'Paid Search returns 3.00 for 1 spent; of 2 campaigns with 2% of its spend and 5 outcomes or more, what has no name returns most with 5.00, b least with 1.00.')
  is(channels.ownSentence(of([]), { ...own, previous: figures({ roas: 6 }) }, false), 'Paid Search returns 3.00 for 1 spent, down from 6.00.')
  is(channels.ownSentence(of([]), { ...own, previous: figures({ roas: 3.001 }) }, false), 'Paid Search returns 3.00 for 1 spent, as before.')
  is(channels.ownSentence(of([]), { ...own, previous: figures({ roas: 6 }) }, true), 'Paid Search returns 3.00 for 1 spent so far.')
  is(channels.ownSentence(of([]), row('Organic', 0, 300), false), 'Organic brought a return of $300 without spend.')
  is(channels.ownSentence(of([]), row('Organic', 0, 0, { touchpoints: 5 }), false), 'Organic has touches and no return yet.')
  is(channels.ownSentence(of([]), row('Organic', 0, 0), false), 'Nothing of Organic is recorded in this period.')
  is(channels.ownSentence(answer([part('a', 500, 1), part('b', 500, 2)], { group_by: 'landing_page' }), own, false), 'Paid Search returns 3.00 for 1 spent.')
})

test('tableTitle: small samples are neither cheap nor dear', () => {
  const lead = (channel, cpl, conversions, roas) => row(channel, 100, roas === null ? 0 : 100 * roas, { cpl: String(cpl), conversions, roas })
  const title = (rows, columns = ['spend', 'cpl', 'value'], more = {}) => channels.tableTitle(answer(rows, more), columns)
  is(title([]), 'Nothing is recorded for this period.')
  is(title([lead('Email', 10, 9, 2)]), '1 channel in the period.')
  is(title([lead('Email', 10, 9, 2), lead('Events', 90, 9, 8)]), 'Email has the cheapest leads, Events the dearest, which return more all the same: 8.00 against 2.00 for 1.')
  is(title([lead('Email', 10, 9, 8), lead('Events', 90, 9, 2)]), 'Email has the cheapest leads, Events the dearest.')
  is(title([lead('Email', 10, 9, null), lead('Events', 90, 9, null), lead('Luck', 1, 1, 9)]), 'Email has the cheapest leads, Events the dearest, of 2 channels with at least 5 leads.')
  is(title([lead('Email', 10, 9, 2), lead('Events', 10, 9, 2)]), 'Both channels are alike in CPL.')
  is(title([row('Email', 0, 10), row('Direct', 0, 30), row('Nothing', 5, 0)], ['value']), 'Direct returns most, Email least of the 2 that return anything.')
  is(title([row('Email', 5, 10), row('Direct', 9, 30)], ['spend']), 'Direct has the most spend, Email the least of 2 channels.')
  is(title([row('A', 0, 10, { landing_page: 'www.x.example/pricing' }), row('A', 0, 30, { landing_page: 'www.x.example/' })], ['cpl', 'value'], { group_by: 'landing_page' }), '/ returns most, /pricing least of the 2 that return anything.')
})

test('coursesTitle and headline claim no fall before outcomes are in', () => {
  const was = (channel, now, before) => ({ ...row(channel, 0, now), previous: figures({ value: String(before) }) })
  is(channels.coursesTitle([was('A', 10, 20), was('B', 30, 20)], ['A', 'B'], '2026-10-08'), 'A and B, over time: what is hatched is not yet all there.')
  is(channels.coursesTitle([was('A', 10, 20), was('B', 30, 20)], ['A', 'B'], ''), 'B rose most, by 50%; A fell most, by 50%.')
  is(channels.coursesTitle([was('A', 22, 20), was('B', 30, 20)], ['A', 'B'], ''), 'B rose most, by 50%; A rose least, by 10%.')
  is(channels.coursesTitle([was('A', 20, 20), was('B', 20, 20)], ['A', 'B'], ''), 'A and B: all return as before.')
  is(channels.coursesTitle([was('A', 20, 0)], ['A'], ''), 'A over the period.')
  is(channels.headline(answer([], { headline: 'Email returns 2.50 for 1 spent, up from 1.00; Display returns 0.40, the least of 3 channels with spend.' }), true), 'Email returns 2.50 for 1 spent so far; Display returns 0.40, the least of 3 channels with spend.')
  is(channels.headline(answer([], { headline: 'Email returns 2.50 for 1 spent, down from 6.00.' }), true), 'Email returns 2.50 for 1 spent so far.')
  is(channels.headline(answer([row('A', 0, 1, { landing_page: 'x.example/pricing' })], { group_by: 'landing_page', headline: 'x.example/pricing in A brings 29% of 201,875 USD, the most of 41 landing pages.' }), false), '/pricing in A brings 29% of $202K, the most of 41 landing pages.')
})

const trend = (values, more = {}) => ({ headline: 'The service says so.', interval: 'week', basis: 'close', currency: 'USD', totals: values.map((v, i) => ({ ...figures({ value: String(v) }), on: `2026-09-${String(7 * i + 1).padStart(2, '0')}`, immature: false, partial: false })), maturity: { measure: 'customers', p90_days: null, immature_from: '', samples: 0 }, ...more })

test('outcomeSentence: money as money, counts as counts, nothing as the service says', () => {
  const of = (totals, more) => ({ ...answer([]), totals: { ...figures(totals), ...more } })
  is(outcomes.outcomeSentence(of({})), 'The service says so.')
  is(outcomes.outcomeSentence(of({ value: '1000.00' })), 'Return of $1,000.')
  is(outcomes.outcomeSentence(of({ value: '1000.00', roas: 2 }, { previous: figures({ value: '500.00', roas: 2.5 }) })), 'Return of $1,000, up 100% from $500; each USD spent brought 2.00, against 2.50.')
  is(outcomes.outcomeSentence(of({ value: '1000.00', roas: 2 }, { previous: figures({ value: '1000.00', roas: 2 }) })), 'Return of $1,000, as before; each USD spent brought 2.00, as before.')
  is(outcomes.outcomeSentence(of({ conversions: 12 }, { previous: figures({ conversions: 24 }) })), '12 conversions, down 50% from 24.')
  const t = trend([0, 0], { basis: 'touch', previous: [figures({ conversions: 4 }), figures({ conversions: 9 })] })
  t.totals[0].conversions = 2; t.totals[1].conversions = 10; t.totals[1].immature = true
  is(outcomes.outcomeSentence(of({ conversions: 12 }), t), '12 conversions so far; in the days whose outcomes are in, 2, 50% below the 4 of the same days before.')
})

test('returnTitle: one week, equals, nothing', () => {
  is(outcomes.returnTitle(trend([])), 'The service says so.')
  is(outcomes.returnTitle(trend([0, 0])), 'The service says so.')
  is(outcomes.returnTitle(trend([500])), 'The return of the week of Sep 1 was $500.')
  is(outcomes.returnTitle(trend([500, 500, 100])), 'The best week was that of Sep 1 with a return of $500; the week of Sep 15 brought $100.')
  is(outcomes.returnTitle(trend([100, 500])), 'The best week was that of Sep 8 with a return of $500.')
  const spent = trend([0, 0])
  is(outcomes.returnTitle({ ...spent, totals: spent.totals.map((p, i) => ({ ...p, spend: `${i}0.00` })) }), 'Nothing has come back yet; most was spent in the week of Sep 8: $10.00.')
})

test('sourcesTitle: shares of what there is', () => {
  is(outcomes.sourcesTitle(answer([])), 'No return is recorded in this period yet.')
  is(outcomes.sourcesTitle(answer([row('(unattributed)', 0, 100)])), 'None of the return is attributed to a channel.')
  is(outcomes.sourcesTitle(answer([row('Email', 0, 100), row('Display', 10, 0)])), 'Email brings 100% of the return; all of it is attributed.')
  is(outcomes.sourcesTitle(answer([row('Email', 0, 60), row('Display', 0, 30), row('(unattributed)', 0, 10)])), 'Email and Display bring 90% of the return; 10% is not attributed.')
})

test('multiplesTitle: better and worse by what is good', () => {
  const a = { ...answer([]), totals: { ...figures({ spend: '550.00', conversions: 12, cac: '110', opportunities: 5, pipeline: '10' }), previous: figures({ spend: '500.00', conversions: 10, cac: '100', opportunities: 5, pipeline: '0' }) } }
  is(outcomes.multiplesTitle(a, trend([1, 2])), 'Better: conversions +20%; worse: CAC +10%.')
  is(outcomes.multiplesTitle({ ...a, totals: { ...a.totals, previous: undefined } }, trend([1])), 'How the parts of the outcome went over the period.')
  is(outcomes.multiplesTitle(answer([]), trend([1])), 'No part of an outcome is recorded in this period yet.')
  is(outcomes.multiplesTitle({ ...a, totals: { ...a.totals, previous: figures() } }, trend([1])), 'The period before has nothing to compare these with.')
})

test('tracking: nothing wrong hides no lost click', () => {
  const thin = [row('Display', 100, 0, { campaign: 'banner', clicks: 100, touchpoints: 7 })]
  const a = answer([row('Direct', 0, 0, { touchpoints: 5 })]); a.totals.touchpoints = 20; a.totals.spend = '9.00'
  is(tracking.trackingSentence(answer([]), 0, []), 'No touch is recorded in this period.')
  is(tracking.trackingSentence(answer([row('Display', 5, 0)]), 0, []), 'Money is spent, and no touch is recorded in this period.')
  is(tracking.trackingSentence(a, 0, []), 'Every campaign with spend is seen, and every bought touch names its campaign; 25% of touches come without a source.')
  is(tracking.trackingSentence(a, 1, thin), '1 campaign is untagged, unseen or without spend; 25% of touches come without a source, and banner loses more than three of four clicks before the site.')
  is(tracking.withLosses('Nothing is wrong with tracking.', thin), 'Nothing is wrong with tracking; but banner loses more than three of four clicks before the site.')
  is(tracking.withLosses('Nothing is wrong with tracking.', []), 'Nothing is wrong with tracking.')
  is(tracking.arriveTitle(thin), 'Of each 100 clicks that banner pays for, 7 arrive as a touch.')
  is(tracking.arrival(row('A', 0, 0, { clicks: 0, touchpoints: 9 })), null)
  is(tracking.wasted(row('A', 100, 0, { clicks: 10, touchpoints: 20 })), 0)
  const covered = (by) => tracking.coverageTitle({ totals: { coverage_by_measure: by } })
  is(covered({}), 'There is no outcome to attribute in this period.')
  is(covered({ conversions: 1, revenue: null }), 'Every outcome of the period has a touch that earned it.')
  is(covered({ conversions: 0.99999, revenue: 1 }), 'Conversions are the least explained: less than 0.1% have no touch.')
  is(covered({ conversions: 0.9, revenue: 0.5 }), 'Revenue is the least explained: 50% has no touch.')
  is(tracking.checksTitle({ checks: [{ ok: true }] }), 'The ledger equals the facts in the one sum there is, to the minor unit.')
  is(tracking.checksTitle({ checks: [{ ok: true }, { ok: false }] }), '1 of 2 sums of the ledger differs from the facts: it is catching up, or tributary verify finds what is wrong.')
  is(tracking.stagesTitle({ stages: [{ name: 'sink', state: 'ok' }] }), 'Every stage keeps up.')
  is(tracking.stagesTitle({ stages: [{ name: 'sink', state: 'unknown' }] }), 'No stage tells how far it is.')
  is(tracking.rejectedTitle({ rejected: [] }), 'No record was refused in this period.')
  is(tracking.rejectedTitle({ rejected: [{ reason: 'no id', code: 'x', count: 1 }] }), 'One record was refused: no id; it is kept with its reason.')
  is(tracking.rejectedTitle({ rejected: [{ reason: 'no id', code: 'x', count: 1 }, { reason: 'no day', code: 'y', count: 4 }] }), '5 records were refused, most for no day; each is kept with its reason.')
})

test('funnel: equal steps, all pass, none', () => {
  const step = (name, reached, from) => ({ step: name, kind: 'stage', unit: 'opportunities', reached, from_previous: from })
  is(measurement.leakTitle([], 'people'), 'No people in this period.')
  is(measurement.leakTitle([step('a', 0, null)], 'people'), 'No people in this period.')
  is(measurement.leakTitle([step('a', 5, null)], 'people'), '5 people, one step.')
  is(measurement.leakTitle([step('a', 5, null), step('b', 5, 1)], 'people'), 'All 5 people went through every step.')
  is(measurement.leakTitle([step('demo', 10, null), step('offer', 5, 0.5), step('won', 2.5, 0.5)], 'opportunities'), 'Of 10 opportunities the smallest share went on from demo to offer: 50%.')
  is(measurement.leakTitle([step('demo', 10, null), step('won', 0, 0)], 'opportunities'), 'Of 10 opportunities none went on from demo to won.')
  const steps = [step('demo', 10, null), step('won', 5, 0.5)]
  const by = (channel, n, won) => ({ channel, steps: [step('demo', n, null), step('won', won, won / n)] })
  is(measurement.channelTitle({ steps, by_channel: [] }), 'The same steps, channel by channel.')
  is(measurement.channelTitle({ steps, by_channel: [by('A', 5, 5), by('B', 8, 2), by('Few', 4.9, 4.9)] }), 'A carries 100% of its opportunities through to won, B 25%, of 2 channels with 5 or more.')
  is(measurement.channelTitle({ steps, by_channel: [by('A', 5, 2.5), by('B', 6, 3)] }), 'Both channels with 5 opportunities or more carry 50% of them through to won.')
})

test('paths: ends are what comes and does not go on', () => {
  const node = (step, channel, journeys) => ({ id: `${step}:${channel}`, step, channel, journeys }), link = (from, to, journeys) => ({ from, to, journeys, value: '0' })
  const p = (nodes, links, journeys, lengths = []) => ({ headline: 'The service says so.', nodes, links, totals: { journeys, customers: 0, without_touch: 0 }, lengths })
  is(measurement.pathsSentence(p([], [], 0)), 'The service says so.')
  is(measurement.pathsSentence(p([node(1, 'A', 1)], [], 1)), 'A opens 100% of 1 journey; none has more than one step.')
  is(measurement.pathsSentence(p([node(1, 'A', 3), node(1, 'B', 3), node(2, 'C', 2)], [link('1:A', '2:C', 2)], 6)), 'A and B each open 50% of 6 journeys; the longer ones end most often with C.')
  is(measurement.pathsSentence(p([node(1, 'A', 5), node(2, 'B', 5), node(3, 'A', 4)], [link('1:A', '2:B', 5), link('2:B', '3:A', 4)], 5)), 'A opens 100% of 5 journeys, and ends most of the longer ones.')
  is(measurement.flowTitle(p([], [], 0)), 'No journey has a path in this period.')
  is(measurement.flowTitle(p([node(1, 'A', 2)], [], 2)), '2 journeys, none with more than one step.')
  is(measurement.flowTitle(p([node(1, 'A', 2), node(2, 'B', 2)], [link('1:A', '2:B', 2)], 2)), 'The widest move is from A to B: 2 of 2 journeys.')
  is(measurement.flowTitle(p([node(1, 'A', 2), node(2, 'B', 1), node(2, 'C', 1)], [link('1:A', '2:B', 1), link('1:A', '2:C', 1)], 2)), 'No move stands out: 2 are taken by 1 of 2 journeys each, one of them from A to B.')
  is(measurement.flowTitle(p([node(1, 'A', 2), node(2, '…', 2)], [link('1:A', '2:…', 2)], 2)), '2 journeys, none with more than one step.')
  is(measurement.lengthTitle({ lengths: [] }), 'No journey has a path in this period.')
  is(measurement.lengthTitle({ lengths: [{ touches: 1, journeys: 1 }] }), 'The one journey had one touch.')
  is(measurement.lengthTitle({ lengths: [{ touches: 1, journeys: 1 }, { touches: 4, journeys: 1 }] }), '50% of 2 journeys had more than one touch; last touch alone would hide the rest of each.')
})

test('models: nobody pays back, one model, no spend', () => {
  const spread = (channel, min, max) => ({ channel, roas_spread: { min, max }, models: [{ model: 'linear', ...figures({ value: String(min ?? 0) }) }, { model: 'first_touch', ...figures({ value: String(max ?? 0) }) }] })
  is(measurement.agreeTitle([spread('A', null, null)]), 'No channel has spend in this period, so the models have no return to disagree about.')
  is(measurement.agreeTitle([spread('A', 0.2, 0.9)]), 'All models agree that A does not pay back.')
  is(measurement.agreeTitle([spread('A', 0.2, 0.9), spread('B', 0, 0.5)]), 'All models agree that no channel pays back.')
  is(measurement.agreeTitle([spread('A', 1, 2), spread('B', 3, 4)]), 'All models agree that both channels with spend pay back.')
  is(measurement.agreeTitle([spread('A', 1, 2), spread('B', 0.3, 0.4)]), 'All models agree which channels pay back: all but B.')
  is(measurement.agreeTitle([spread('A', 0.8, 2.4)]), 'The models disagree whether A pays back: 0.80 to 2.40. An experiment would tell.')
  const m = measure('value')
  is(measurement.widestTitle(m, [], 'USD'), 'No channel has a return to compare.')
  is(measurement.widestTitle(m, [spread('A', 5, 5)], 'USD'), 'All models give every channel the same return.')
  is(measurement.widestTitle(m, [spread('A', 5, 6), spread('B', 100, 400)], 'USD'), 'Return of B depends most on the model: $100 by Linear, $400 by First touch.')
})

test('journeys and bridge', () => {
  const j = { journey_id: 'o:1', kind: 'opportunity', conversion_type: '', state: 'won', closed_on: '2026-11-16', account_id: 'acme', person_id: '', stage: '', amount: '5062.00', currency: 'USD', touches: 4, channels: ['Webinar', 'Email'], days: 29 }
  is(measurement.journeyTitle(j, 'o:1'), 'acme: 5,062.00 USD, won on Nov 16, 2026, after 4 touches in 29 days, from Webinar to Email.')
  is(measurement.journeyTitle({ ...j, touches: 1, channels: ['Email'], days: 0, amount: null }, 'o:1'), 'acme: a deal without an amount, won on Nov 16, 2026, after 1 touch on one day, by Email.')
  is(measurement.journeyTitle({ ...j, touches: 0, channels: [], days: null }, 'o:1'), 'acme: 5,062.00 USD, won on Nov 16, 2026, without a touch that is known.')
  is(measurement.journeyTitle({ ...j, state: 'open', days: 1, touches: 2 }, 'o:1'), 'acme: 5,062.00 USD, open in its first stage, after 2 touches in 1 day, from Webinar to Email.')
  is(measurement.journeyTitle(undefined, 'o:9'), 'Journey o:9')
  const bridge = (steps, exact = true) => measurement.bridgeTitle({ steps, check: { exact, difference: '0.01' } }, (s) => s.name, (v) => `$${Math.abs(Number(v))}`)
  is(bridge([]), 'Nothing was restated between these two moments.')
  is(bridge([{ name: 'late touches', amount: '0.00' }]), 'The sum is as it was; late touches moved credit within it, and the steps add up to the last minor unit.')
  is(bridge([{ name: 'won', amount: '10' }, { name: 'lost', amount: '-20' }], false), 'Lost moved it most, by $20; the steps are 0.01 apart.')
})

test('names are shortened where they would fill a sentence', () => {
  is(names.brief('short'), 'short')
  is(names.brief('x'.repeat(200)).length, 43)
  is(names.pageName('www.x.example/pricing?a=1'), '/pricing?a=1')
  is(names.pageName('www.x.example'), 'www.x.example')
  is(names.pageName('https://www.x.example/a'), '/a')
  is(names.hostOf('https://www.x.example/a'), 'www.x.example')
  is(words.readable(`${'y'.repeat(100)} earned 1,234.56 USD since 15 November 2026.`), `${'y'.repeat(28)}…${'y'.repeat(14)} earned $1,235 since Nov 15, 2026.`)
})
