// Runs before the first paint, so that a chosen theme does not flash the other one.
try {
  var chosen = localStorage.getItem('tributary.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch (e) { /* storage is closed to this page: the system's theme it is */ }
