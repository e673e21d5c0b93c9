#!/usr/bin/env bash
# Starts a real Apache Kafka, runs a command with the tests pointed at it, and stops it again.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
port=${KAFKA_PORT:-19092}
cleanup() { "$root/scripts/kafka/kafka.sh" stop "$dir" || true; rm -rf "$dir"; }
trap cleanup EXIT
"$root/scripts/kafka/kafka.sh" start "$dir" "$port"
TRIBUTARY_TEST_BROKERS="127.0.0.1:$port" TRIBUTARY_TEST_KAFKA_DATA="$dir/data" "$@"
