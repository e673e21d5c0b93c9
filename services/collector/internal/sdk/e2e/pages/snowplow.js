// A site with Snowplow's tracker; its appId is the write key.
import * as snowplow from '@snowplow/browser-tracker'

const get = location.pathname.startsWith('/snowplow-get')
snowplow.newTracker('sp', window.collector, {
  appId: window.writeKey,
  cookieSecure: false, // the sites of this test have no https
  eventMethod: get ? 'get' : 'post',
  bufferSize: get ? 1 : 4,
  encodeBase64: !location.pathname.startsWith('/snowplow-plain'),
  anonymousTracking: location.pathname.startsWith('/snowplow-anonymous') ? { withServerAnonymisation: true, withSessionTracking: true } : false,
})
window.snowplow = snowplow
window.snowplow.trackPageView()
