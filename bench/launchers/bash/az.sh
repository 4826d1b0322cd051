#!/bin/bash
# az.sh VAULT NAME=SECRET... -- COMMAND...: the Azure CLI, signed in, once a secret.
set -euo pipefail
vault=$1
shift
while [[ $1 != -- ]]; do
  value=$(az keyvault secret show --vault-name "$vault" --name "${1#*=}" --query value -o tsv)
  export "${1%%=*}=$value"
  shift
done
shift
exec "$@"
