#!/bin/bash
# Starts the application as App Service would, visits it, and stops it as App Service would: with a
# signal to the process that it started. That process is the application: kvrun is gone.
set -euo pipefail
jar=$(mktemp)
trap 'kill "${app:-}" 2>/dev/null || true; rm -f "$jar"' EXIT

coproc APP { exec kvrun --resolve SESSION_KEY -- ./app.py; }
app=$APP_PID
read -r url <&"${APP[0]}"

curl --silent --fail --noproxy '*' --cookie-jar "$jar" --output /dev/null "$url/login"
greeting=$(curl --silent --fail --noproxy '*' --cookie "$jar" "$url/")

kill -TERM "$app"
wait "$app"
echo "app-service: $greeting; stopped with status 0"
