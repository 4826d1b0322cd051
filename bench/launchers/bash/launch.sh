#!/bin/bash
# launch.sh VAULT NAME=SECRET... -- COMMAND...: what people write first, a curl and a python a secret.
set -euo pipefail
vault=$1
shift
member() { python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

token=$(curl -sSf -H "X-IDENTITY-HEADER: $IDENTITY_HEADER" \
  "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https://vault.azure.net" | member access_token)
while [[ $1 != -- ]]; do
  value=$(curl -sSf -H "Authorization: Bearer $token" \
    "https://$vault.vault.azure.net/secrets/${1#*=}?api-version=7.4" | member value)
  export "${1%%=*}=$value"
  shift
done
shift
exec "$@"
