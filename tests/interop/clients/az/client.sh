#!/bin/bash
# SPDX-License-Identifier: MIT
# The Azure CLI, as a script uses it that knows nothing of an emulator.
#
# client.sh AZ operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
# client.sh AZ identity KIND VAULT-URL ID   reads one secret after that kind of login; ID is a client id
set -uo pipefail

az=$1 mode=$2
shift 2
AZURE_CONFIG_DIR=$(mktemp -d)
trap 'rm -rf "$AZURE_CONFIG_DIR"' EXIT
export AZURE_CONFIG_DIR AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=1 AZURE_CORE_OUTPUT=tsv
awkward=$'pä$$ "w"\\n\t✓'

secret() { # VERB [OPTION...]
  "$az" keyvault secret "$1" --vault-name "$vault" "${@:2}"
}

read_value() { # NAME [OPTION...]
  secret show --name "$1" --query value "${@:2}"
}

# Good if the command fails and says PATTERN; what it says goes to stderr.
refused() { # PATTERN COMMAND...
  local said
  if said=$("${@:2}" 2>&1); then
    echo "not refused: $1" >&2
    return 1
  fi
  grep -qE -- "$1" <<<"$said" || {
    echo "$said" >&2
    return 1
  }
}

# Until the service shows it.
until_there() { # COMMAND...
  local try
  for ((try = 0; try < 15; ++try)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.3
  done
  "$@"
}

# Each operation is judged by itself.
judge() { # NAME COMMAND...
  local said
  if said=$("${@:2}" 2>&1); then
    printf '%s\tok\t\n' "$1"
  else
    printf '%s\tfail\t%s\n' "$1" "$(tr -s '[:space:]' ' ' <<<"$said" | tail -c 300)"
  fi
}

put() { # NAME VALUE [OPTION...]
  local got
  got=$(secret set --name "$1" --value "$2" --query value "${@:3}") && [[ $got == "$2" ]]
}

# Four at once: each is a process of a second.
put_items() {
  local i pids=()
  for ((i = 0; i < 62; ++i)); do
    put "$(printf 'item-%02d' "$i")" "value $i" &
    pids+=($!)
    if ((${#pids[@]} == 4)); then
      wait "${pids[0]}" || return
      pids=("${pids[@]:1}")
    fi
  done
  for i in "${pids[@]}"; do
    wait "$i" || return
  done
}

do_set() {
  put_items && put db-password first && put db-password "$awkward" --content-type text/plain --tags team=web
}

is_awkward() { # JSON
  python3 -c 'import json, sys; sys.exit(json.loads(sys.argv[1]) != sys.argv[2])' "$1" "$awkward"
}

do_get() {
  is_awkward "$(read_value db-password --output json)" &&
    [[ $(secret show --name db-password --query '[contentType, tags.team]' | paste -sd ' ') == 'text/plain web' ]]
}

versions() {
  secret list-versions --name db-password --query '[].id' | sed 's,.*/,,'
}

do_pinned() {
  local version
  for version in $(versions); do
    [[ $(read_value db-password --version "$version") == first ]] && return
  done
  return 1
}

do_list() {
  [[ $(secret list --query "[?starts_with(name, 'item-')].name" | sort | uniq -u | wc -l) == 62 ]]
}

do_versions() {
  [[ $(versions | sort -u | wc -l) == 2 ]]
}

do_disable() {
  secret set-attributes --name item-05 --enabled false && refused SecretDisabled read_value item-05 &&
    secret set-attributes --name item-05 --enabled true && [[ $(read_value item-05) == 'value 5' ]]
}

remove() { # NAME
  secret delete --name "$1" && until_there secret show-deleted --name "$1"
}

do_delete() {
  remove item-00 && refused SecretNotFound read_value item-00
}

do_deleted() {
  secret list-deleted --query '[].name' | grep -qx item-00
}

do_recover() {
  secret recover --name item-00 && until_there read_value item-00 && [[ $(read_value item-00) == 'value 0' ]]
}

purge_now() { # NAME
  remove "$1" && secret purge --name "$1"
}

do_purge() {
  purge_now item-01 && refused SecretNotFound secret show-deleted --name item-01 && put item-01 again
}

do_restore() {
  local file=$AZURE_CONFIG_DIR/item-02.backup
  secret backup --name item-02 --file "$file" && purge_now item-02 && secret restore --file "$file" &&
    until_there read_value item-02 && [[ $(read_value item-02) == 'value 2' ]]
}

reads() { # NAME VALUE
  [[ $(read_value "$1") == "$2" ]]
}

managed() { # [OPTION...]
  "$az" login --identity --allow-no-subscriptions --output none "$@"
}

principal() { # OPTION...
  "$az" login --service-principal --tenant "$AZURE_TENANT_ID" --username "$AZURE_CLIENT_ID" \
    --allow-no-subscriptions --output none "$@"
}

log_in() { # KIND CLIENT-ID
  case $1 in
  vm-client-id) managed --client-id "$2" ;;
  workload) principal --federated-token "$(<"$AZURE_FEDERATED_TOKEN_FILE")" ;;
  client-secret) principal --password "$AZURE_CLIENT_SECRET" ;;
  client-certificate) principal --certificate "$AZURE_CLIENT_CERTIFICATE_PATH" ;;
  *) managed ;;
  esac
}

identity() { # KIND CLIENT-ID
  log_in "$@" && reads db-password s3cret
}

name_of() { # VAULT-URL
  vault=${1#https://}
  vault=${vault%%.*}
}

if [[ $mode == operations ]]; then
  name_of "$1"
  managed || exit
  for operation in set get pinned list versions disable; do
    judge "$operation" "do_$operation"
  done
  judge missing refused SecretNotFound read_value no-such
  judge delete do_delete
  judge deleted do_deleted
  judge conflict refused Conflict put item-00 x
  judge recover do_recover
  judge purge do_purge
  judge restore do_restore
  judge retry-after reads told-to-wait told
  judge throttled reads throttled calm
else
  name_of "$2"
  judge identity identity "$1" "$3"
fi
