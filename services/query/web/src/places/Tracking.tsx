// Tracking: can we trust it? What the figures themselves show to be untagged or broken; the quality report and the pipeline's health where the service has them.
import { useAnswer } from '../lib/api'
import { changed } from '../lib/address'
import { meet, unattributed } from '../lib/channels'
import * as f from '../lib/format'
import { measure } from '../lib/measures'
import { useScope } from '../lib/scope'
import type { Channels, Row } from '../lib/types'
import { readable } from '../lib/words'
import { Fact, factOf } from '../ui/Fact'
import { Figure } from '../ui/Figure'
import { Headline } from '../ui/Headline'
import { ChannelName } from '../ui/Mark'
import { Panel } from '../ui/Panel'
import { Lines } from '../ui/States'
import { Plain } from '../ui/Table'
import { Exports } from '../ui/Choice'
import { arrival, arriveTitle, brokenTitle, coverageTitle, trackingSentence, wasted, withLosses } from '../sentences/tracking'
import { LinkBuilder } from './tracking/LinkBuilder'
import { Quality, useQuality } from './tracking/Quality'
import { Health } from './tracking/Health'

/** bought are channels whose touches somebody pays for: without spend or campaign something is not tagged or not reported. */
const bought = /^(paid|display|affiliates|cross-network|audio|webinar|event)/i

/** clicked are channels whose clicks should arrive on the site: an invitation to a webinar need not. */
const clicked = /^(paid|display|affiliates|cross-network)/i

/** most is how many problems are shown before somebody asks for more. */
const most = 20

export function Tracking() {
  const scope = useScope()
  const question = { ...scope.query, group_by: 'campaign', channel: scope.channel || undefined, sort: '-spend', limit: 1000 }
  const answer = useAnswer<Channels>('/channels', question)
  const quality = useQuality()
  const a = answer.data
  if (a) meet(a.rows.map((r) => r.channel))
  const rows = a?.rows.filter((r) => r.channel !== unattributed) ?? []
  const untagged = rows.filter((r) => bought.test(r.channel) && !r.campaign && r.touchpoints > 0)
  const unseen = rows.filter((r) => Number(r.spend) > 0 && r.touchpoints === 0)
  const unpaid = rows.filter((r) => bought.test(r.channel) && r.campaign && r.touchpoints > 0 && Number(r.spend) === 0)
  const thin = rows.filter((r) => clicked.test(r.channel) && r.clicks >= 100 && r.touchpoints > 0 && r.touchpoints / r.clicks < 0.25).sort((x, y) => x.touchpoints / x.clicks - y.touchpoints / y.clicks)
  const wrong = untagged.length + unseen.length + unpaid.length
  return (
    <>
      <Headline answer={answer} waits={quality.loading && !quality.data} sentence={a && (quality.data ? withLosses(readable(quality.data.headline), thin) : trackingSentence(a, wrong, thin))} />
      {scope.asOf && <p class="warning" role="status">The report and the pipeline’s health are as known now; coverage and figures by campaign as known on {f.day(scope.asOf)}.</p>}
      <Quality answer={quality} beside={<Panel title={a && coverageTitle(a)} loading={answer.loading} height={200} note="What no touch earned stays visible as (unattributed): totals never hide it.">
        {a && Object.values(a.totals.coverage_by_measure).some((v) => v !== null) && <Plain label="Attributed share of each measure" numbers={[1, 2]} head={['Measure', 'Attributed', 'Not attributed']} rows={Object.entries(a.totals.coverage_by_measure).filter(([, v]) => v !== null).map(([k, v]) => [measure(k).label, <a class="figure" href={changed({ explain: k })} title={`Explain ${measure(k).label}`}>{f.percent(v)}</a>, <a class="figure" href={changed({ explain: `${k}~${encodeURIComponent(unattributed)}` })}>{f.percent(1 - v!)}</a>])} />}
      </Panel>} />
      <Panel title={a && brokenTitle(untagged, unseen, unpaid, (a.page.total ?? 0) > a.page.limit ? a.page.limit : 0)} loading={answer.loading} height={200} actions={<Exports path="/channels" query={question} total={a?.page.total ?? 0} />}>
        {wrong > 0 && <Plain most={most} label="What is untagged or unseen" long numbers={[2, 3]} head={['Campaign', 'What is wrong', 'Spend', 'Touches', 'What to do']} rows={[
          ...unseen.map((r) => problem(r, a!.currency, 'Costs money, and no touch of it was ever seen', 'Look for a redirect that drops the utm_ parameters, or another name of the campaign')),
          ...untagged.map((r) => problem(r, a!.currency, 'Touches name no campaign', 'Add utm_campaign to these links, named as the ad platform names it')),
          ...unpaid.map((r) => problem(r, a!.currency, 'Touches, and no spend is reported', 'Send its spend to /v1/spend with the same source, medium and campaign')),
        ]} />}
        {wrong === 0 && a && <><p class="note">Links are tagged like this; the campaign is named as in the spend.</p><Lines>{'https://www.example.com/?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_id=g-100'}</Lines></>}
      </Panel>
      {thin.length > 0 && (
        <Panel title={arriveTitle(thin)} note="Clicks as the ad platform counts them, touches as the site saw them: the rest left before the page loaded, block the pixel, or were never people.">
          <Plain label="Clicks that do not arrive" long numbers={[1, 2, 3, 4]} head={['Campaign', 'Clicks', 'Touches', 'Arrive', 'Paid for the rest']} rows={thin.slice(0, 12).map((r) => [<ChannelName channel={r.channel} detail={r.campaign} />, <Figure m="clicks" of={r} currency={a!.currency} subject={r} />, <Figure m="touchpoints" of={r} currency={a!.currency} subject={r} />, <Fact of={factOf('arrival', r.channel, r.campaign ?? '')} what={`share of the clicks of ${r.campaign || r.channel} that arrive`}>{f.percent(arrival(r))}</Fact>, <Fact of={factOf('wasted', r.channel, r.campaign ?? '')} what={`paid for clicks of ${r.campaign || r.channel} that do not arrive`}>{f.money(wasted(r), a!.currency)}</Fact>])} />
        </Panel>
      )}
      <LinkBuilder />
      <Health />
    </>
  )
}

const problem = (r: Row, currency: string, wrong: string, fix: string) => [<ChannelName channel={r.channel} detail={r.campaign || 'no campaign'} />, wrong, <Figure m="spend" of={r} currency={currency} subject={r} />, <Figure m="touchpoints" of={r} currency={currency} subject={r} />, <span class="note">{fix}</span>]
