#!/usr/bin/env python3
"""The nightly job of a VM: signs a report as webhooks are signed, with a secret from the vault."""

import hashlib
import hmac
import os

report = f"host=vm-1 disk=71 load=0.3 salt={os.environ['REPORT_SALT']}".encode()
key = os.environb[b"WEBHOOK_SECRET"]
signature = hmac.new(key, report, hashlib.sha256).hexdigest()
print(f"vm: report signed, X-Hub-Signature-256: sha256={signature}")
