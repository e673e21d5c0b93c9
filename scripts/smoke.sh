#!/usr/bin/env bash
# What a stranger does first, checked: `make run` on an empty data folder reaches the ready line and prints the table of channel ROI; the
# answers are there over HTTP; it stops cleanly, and the second start is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
pid=
cleanup() {
  [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
ports="--collector-addr 127.0.0.1:0 --query-addr 127.0.0.1:0 --clickhouse-http-addr 127.0.0.1:0 --clickhouse-tcp-addr 127.0.0.1:0 --kafka-addr 127.0.0.1:0"

fail() { echo "smoke: $*" >&2; tail -n 40 "$dir"/*.log >&2 || true; exit 1; }

# await FILE PATTERN SECONDS: until the pattern is in the file, or the program has ended.
await() {
  local end=$((SECONDS + $3))
  until grep -q -- "$2" "$1" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || fail "the program ended before it printed \"$2\""
    [ $SECONDS -lt $end ] || fail "no \"$2\" within $3 s"
    sleep 0.2
  done
}

start() { # start LOG ARGS...: the very command of make run, with free ports and a folder of its own
  local log=$1
  shift
  bin/tributary up --data-dir "$dir/data" $ports "$@" >"$log" 2>"$log.err.log" &
  pid=$!
}

stop() {
  local began=$SECONDS
  kill -TERM "$pid"
  wait "$pid" || fail "it ended with code $? after SIGTERM"
  pid=
  [ $((SECONDS - began)) -le 10 ] || fail "it took $((SECONDS - began)) s to stop"
}

make build
began=$SECONDS
start "$dir/first.log" --demo
await "$dir/first.log" '^ready ' 300
echo "smoke: ready after $((SECONDS - began)) s"
await "$dir/first.log" 'Coverage' 240
echo "smoke: table after $((SECONDS - began)) s"
query=$(grep -o 'query=[^ ]*' "$dir/first.log" | head -n 1 | cut -d= -f2)
curl -fsS "$query/api/v1/channels" | grep -q '"rows"' || fail "/api/v1/channels has no rows"
curl -fsS "$query/api/openapi.json" | grep -q '"openapi":"3.1' || fail "no OpenAPI 3.1 at /api/openapi.json"
cat "$dir/first.log"
stop

began=$SECONDS
start "$dir/second.log"
await "$dir/second.log" '^ready ' 60
echo "smoke: second start ready after $((SECONDS - began)) s"
stop
start "$dir/third.log"
await "$dir/third.log" '^ready ' 60
bin/tributary verify --data-dir "$dir/data" || fail "verify found differences"
stop
echo "smoke: all well"
