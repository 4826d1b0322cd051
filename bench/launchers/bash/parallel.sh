#!/bin/bash
# parallel.sh VAULT NAME=SECRET... -- COMMAND...: one curl for all secrets, one python for all values.
set -euo pipefail
vault=$1
shift
folder=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$folder"' EXIT
names=()

token=$(curl -sSf -H "X-IDENTITY-HEADER: $IDENTITY_HEADER" \
  "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https://vault.azure.net" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
printf 'header = "Authorization: Bearer %s"\n' "$token" >"$folder/config"
while [[ $1 != -- ]]; do
  names+=("${1%%=*}")
  printf 'url = "https://%s.vault.azure.net/secrets/%s?api-version=7.4"\noutput = "%s"\n' \
    "$vault" "${1#*=}" "$folder/${1%%=*}" >>"$folder/config"
  shift
done
shift
curl -sSf --no-progress-meter --parallel --parallel-max 16 -K "$folder/config"
eval "$(cd "$folder" && python3 -c '
import json, shlex, sys
for name in sys.argv[1:]:
    with open(name) as file:
        print("export", name + "=" + shlex.quote(json.load(file)["value"]))' "${names[@]}")"
rm -rf "$folder"
exec "$@"
