// What a workspace without any figure shows: the exact lines to send, and that they were received, as soon as they are.
import { useAddress, type Place } from '../lib/address'
import { Lines } from './States'
import { OtherWorkspaces } from './Workspaces'
import { today } from '../lib/days'

const named = document.querySelector<HTMLMetaElement>('meta[name=tributary-collector]')?.content ?? ''
const collector = named.startsWith('http') ? named : 'http://127.0.0.1:8080'
const post = (path: string, body: string) => `curl -u "$SECRET_KEY:" ${collector}${path} \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`

/** waits is what each place shows as soon as there is something. */
const waits: Record<Place, string> = {
  outcomes: 'what the period brought, and what it cost', channels: 'what each channel and campaign returns', tracking: 'whether links are tagged, what is refused, and whether every layer agrees',
  measurement: 'how people buy, and why each touch gets its credit', iteration: 'the review of the week',
}

export function Nothing({ place }: { place: Place }) {
  return (
    <>
      <div class="headline"><h1>Nothing is recorded yet</h1><p class="scope">This page shows {waits[place]}. Send the first touch and it fills by itself within seconds. The secret key is in the line <code>ready</code> that <code>tributary up</code> prints, as is the collector’s address if it is another.</p><OtherWorkspaces current={useAddress().params.workspace ?? ''} /></div>
      <section class="panel" aria-label="What to send">
        <ol class="steps">
          <li><h2>A visit, as a page or the pixel reports it</h2><Lines>{post('/v1/page', '{"anonymousId":"visitor-1","properties":{"url":"https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring"}}')}</Lines></li>
          <li><h2>What it led to</h2><Lines>{post('/v1/track', '{"anonymousId":"visitor-1","event":"Order Completed","properties":{"revenue":120.50,"currency":"USD"}}')}</Lines></li>
          <li><h2>A deal of the CRM, as its stages change</h2><Lines>{post('/v1/stages', `{"type":"stage","id":"s1","occurred_at":"${today()}T00:00:00Z","opportunity_id":"d1","account_id":"acme","stage":"Proposal","amount":"1250.00","currency":"USD"}`)}</Lines></li>
          <li><h2>What the campaign cost</h2><Lines>{post('/v1/spend', `{"type":"spend","day":"${today()}","platform":"google_ads","campaign":"spring","source":"google","medium":"cpc","currency":"USD","spend":"40.00","impressions":900,"clicks":30}`)}</Lines></li>
          <li><h2>Or a whole file, or a world to try</h2><Lines>{'tributary replay leads.csv\ntributary up --demo'}</Lines></li>
        </ol>
      </section>
    </>
  )
}
