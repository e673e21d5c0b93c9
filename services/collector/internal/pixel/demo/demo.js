// The demonstration site's own code: a router as small as one can be, and a list of what the pixel sends.
const $ = (id) => document.getElementById(id)
const show = () => ($('route').textContent = location.pathname)

addEventListener('tributary', (e) => {
  $('calls').textContent = JSON.stringify(e.detail, null, 2) + '\n\n' + $('calls').textContent
})
document.addEventListener('click', (e) => {
  const a = e.target.closest('a[data-route]')
  if (!a) return
  e.preventDefault()
  history.pushState({}, '', a.href)
  show()
})
addEventListener('popstate', show)
$('grant').onclick = () => tributary.consent(true)
$('deny').onclick = () => tributary.consent(false)
$('reset').onclick = () => tributary.reset()
show()
