#!/usr/bin/env python3
"""Reads the connection string as a database driver does. The password must be what the vault holds."""

import hashlib
import json
import os
import urllib.parse

PASSWORD_SHA256 = "f48df5d9dbe51d2163275cea8525b915df69a9db617b3027be11d1d1df458fd6"

url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
password = urllib.parse.unquote(url.password)
assert password == json.loads(os.environ["DATABASE_JSON"])["password"]
assert hashlib.sha256(password.encode()).hexdigest() == PASSWORD_SHA256
print(f"connection-string: {url.username}@{url.hostname}:{url.port}{url.path}, password intact")
