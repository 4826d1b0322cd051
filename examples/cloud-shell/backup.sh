#!/bin/bash
# Encrypts a backup, and proves that it can be read back. openssl takes the passphrase by the name
# of the variable, so it is on no command line.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tar -czf "$work/backup.tar.gz" --directory "$(dirname "$0")" .
openssl enc -aes-256-cbc -pbkdf2 -pass env:BACKUP_PASSPHRASE \
  -in "$work/backup.tar.gz" -out "$work/backup.tar.gz.enc"
openssl enc -d -aes-256-cbc -pbkdf2 -pass env:BACKUP_PASSPHRASE \
  -in "$work/backup.tar.gz.enc" | cmp - "$work/backup.tar.gz"

echo 'cloud-shell: backup encrypted and read back'
