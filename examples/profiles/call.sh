#!/bin/sh
# Says where it would call, with which kind of token, and whether it would trace.
set -eu
tracing=off
[ -z "${TRACING_KEY-}" ] || tracing=on
echo "profiles: $API_URL, ${API_TOKEN%%_*} token, tracing $tracing"
