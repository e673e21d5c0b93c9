#!/usr/bin/env bash
# A real Apache Kafka, one broker on loopback, for tests and CI. Needs Java 17 and, the first time, Maven.
#
#   kafka.sh start DIR PORT   starts a broker with its data in DIR; prints its address when it serves. Again after stop or kill: same data.
#   kafka.sh stop DIR         stops it in order
#   kafka.sh kill DIR         kills it without asking, for tests of crashes
#   kafka.sh fetch            fetches the broker into the cache and prints the folder
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
cache=${TRIBUTARY_CACHE_DIR:-$HOME/.cache/tributary}
libs=$cache/kafka-$version
# Any id will do; a fixed one lets a folder be formatted again after a start that was interrupted.
cluster_id=dHJpYnV0YXJ5LXRlc3RzLQ

fail() { echo "kafka.sh: $*" >&2; exit 1; }

# The broker appears in the cache complete or not at all, and several runs may ask at once.
fetch() {
  [ -d "$libs" ] && return
  command -v mvn >/dev/null || fail "mvn is not on the PATH; it fetches Apache Kafka $version the first time (apt-get install maven)"
  mkdir -p "$cache"
  exec 8>"$cache/kafka.lock"
  flock 8
  if [ ! -d "$libs" ]; then
    echo "fetching Apache Kafka $version" >&2
    local tmp
    tmp=$(mktemp -d "$cache/kafka-XXXXXX")
    mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$tmp" >&2 || { rm -rf "$tmp"; fail "Maven could not fetch Apache Kafka $version; see above"; }
    chmod 755 "$tmp"
    mv "$tmp" "$libs"
  fi
  exec 8>&-
}

running() { [ -f "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null; }

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

java_kafka() { java -cp "$libs/*" "$@"; }

configure() { # configure CONTROLLER_PORT
  sed -e "s|@PORT@|$port|g" -e "s|@CONTROLLER_PORT@|$1|g" -e "s|@DIR@|$dir|g" "$here/server.properties" >"$dir/server.properties"
  # transaction.version=2: an epoch per transaction, without which a delayed commit can hit a later one.
  java_kafka kafka.tools.StorageTool format --ignore-formatted -t "$cluster_id" -c "$dir/server.properties" \
    --feature transaction.version=2 >"$dir/format.log" 2>&1 || { cat "$dir/format.log" >&2; fail "could not format $dir"; }
}

launch() {
  : >"$dir/kafka.log"
  java -Xms256m -Xmx"${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -cp "$libs/*" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    kafka.Kafka "$dir/server.properties" </dev/null >>"$dir/kafka.log" 2>&1 &
  echo $! >"$dir/pid"
  disown
}

# 0: it serves; 1: it ended, or never served.
await_start() {
  for _ in $(seq 600); do
    grep -q "Kafka Server started" "$dir/kafka.log" && taken "$port" && return 0
    running || return 1
    sleep 0.1
  done
  kill_now
  return 1
}

start() {
  command -v java >/dev/null || fail "java is not on the PATH; Apache Kafka $version needs Java 17 (apt-get install openjdk-17-jre-headless)"
  running && fail "a broker runs in $dir already (process $(cat "$dir/pid"))"
  taken "$port" && fail "port $port is taken"
  fetch
  mkdir -p "$dir"
  # The controller's port is nobody's choice: another program, or a connection going out, may have it.
  for controller in $((port + 1)) $((port + 2)) $((port + 3)); do
    configure "$controller"
    launch
    await_start && { echo "127.0.0.1:$port"; return; }
    grep -q "bind to 127.0.0.1:$controller" "$dir/kafka.log" || break
  done
  tail -30 "$dir/kafka.log" >&2
  fail "the broker did not start; its log is $dir/kafka.log"
}

# The program, not the shell, decides when it is gone: its files are closed only then.
await_end() {
  for _ in $(seq "$1"); do
    running || { rm -f "$dir/pid"; return 0; }
    sleep 0.1
  done
  return 1
}

kill_now() {
  running || return 0
  kill -9 "$(cat "$dir/pid")"
  await_end 100 || fail "process $(cat "$dir/pid") does not end"
}

stop() {
  running || return 0
  kill "$(cat "$dir/pid")"
  await_end 200 || kill_now
}

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

absolute() { mkdir -p "$1" && cd "$1" && pwd; }

case ${1:-} in
fetch) fetch && echo "$libs" ;;
start) [ $# = 3 ] || usage; dir=$(absolute "$2"); port=$3; start ;;
stop) [ $# = 2 ] || usage; dir=$(absolute "$2"); stop ;;
kill) [ $# = 2 ] || usage; dir=$(absolute "$2"); kill_now ;;
*) usage ;;
esac
