#!/bin/bash
# Makes a CA and a server certificate, and prints a seed with the certificate as Key Vault keeps it: a
# secret with the key and the chain as PEM. usage: make_seed.sh DIRECTORY   (the CA goes to DIRECTORY/ca.crt)
set -euo pipefail
cd "$1"
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
{
  openssl req -x509 "${key[@]}" -days 1 -subj '/CN=Contoso CA' -keyout ca.key -out ca.crt
  openssl req "${key[@]}" -subj '/CN=web.contoso.example' -keyout web.key -out web.csr
  openssl x509 -req -in web.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out web.crt \
    -extfile <(echo 'subjectAltName=DNS:web.contoso.example')
} 2>/dev/null
cat <<'SEED'
vaults:
  contoso-prod:
    web-tls:
      content-type: application/x-pem-file
      value: |
SEED
sed 's/^/        /' web.key web.crt ca.crt
