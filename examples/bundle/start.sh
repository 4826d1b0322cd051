#!/bin/sh
# Uses what came out of one secret. Numbers arrive as they were written.
set -eu
test -n "$APP_DB_PASSWORD"
test "${SENTRY_DSN%%:*}" = https
echo "bundle: $APP_DB_HOST, $APP_WORKERS workers"
