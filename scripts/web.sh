#!/usr/bin/env bash
# Builds the dashboard (services/query/web) into its dist, from where the query service embeds it. Does nothing when dist was built from the same
# sources. Without npm, or with a Node too old for Vite, it says so and leaves dist empty: everything else builds, and / says what to do.
# REQUIRE_SERVICES=1 makes that a failure.
set -euo pipefail
cd "$(dirname "$0")/../services/query/web"

exec 9>.lock # two targets of one make, or a test beside it, build once
flock 9

sum() { cat package.json package-lock.json index.html vite.config.ts $(find src public -type f | LC_ALL=C sort) | sha256sum; }
wanted=$(sum)
if [ -f dist/index.html ] && [ "$(cat .built 2>/dev/null)" = "$wanted" ]; then exit 0; fi

without() {
  echo "web: $1; building without the dashboard" >&2
  [ "${REQUIRE_SERVICES:-}" = 1 ] && exit 1
  exit 0
}
command -v npm >/dev/null || without "npm is not installed"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' ||
  without "Node 20.19, 22.12 or later is needed, this is $(node -v)"

lock=$(sha256sum <package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$lock" ]; then
  echo "web: npm ci"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  echo "$lock" >node_modules/.installed
fi
echo "web: vite build"
node_modules/.bin/vite build --logLevel warn
echo "$wanted" >.built
