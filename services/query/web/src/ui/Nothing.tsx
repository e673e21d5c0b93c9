// What a workspace without any figure shows: the exact lines to send, and that they were received, as soon as they are.
import { Lines } from './States'
import { today } from '../lib/days'

const named = document.querySelector<HTMLMetaElement>('meta[name=tributary-collector]')?.content ?? ''
const collector = named.startsWith('http') ? named : 'http://127.0.0.1:8080'
const post = (path: string, body: string) => `curl -u "$SECRET_KEY:" ${collector}${path} \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`

export function Nothing() {
  return (
    <>
      <div class="headline"><h1>Nothing is recorded yet</h1><p class="scope">Send the first touch and this page fills by itself within seconds. The secret key is in the line <code>ready</code> that <code>tributary up</code> prints, as is the collector’s address if it is another.</p></div>
      <section class="panel" aria-label="What to send">
        <ol class="steps">
          <li><h2>A visit, as a page or the pixel reports it</h2><Lines>{post('/v1/page', '{"anonymousId":"visitor-1","properties":{"url":"https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring"}}')}</Lines></li>
          <li><h2>What it led to</h2><Lines>{post('/v1/track', '{"anonymousId":"visitor-1","event":"Order Completed","properties":{"revenue":120.50,"currency":"USD"}}')}</Lines></li>
          <li><h2>What the campaign cost</h2><Lines>{post('/v1/spend', `{"type":"spend","day":"${today()}","platform":"google_ads","campaign":"spring","source":"google","medium":"cpc","currency":"USD","spend":"40.00","impressions":900,"clicks":30}`)}</Lines></li>
          <li><h2>Or a whole file, or a world to try</h2><Lines>{'tributary replay leads.csv\ntributary up --demo'}</Lines></li>
        </ol>
      </section>
    </>
  )
}
