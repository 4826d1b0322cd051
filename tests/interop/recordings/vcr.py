# SPDX-License-Identifier: MIT
"""Key Vault's recorded answers of October 2019, from the source package of azure-keyvault-secrets 4.0.0."""
import json
import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass
class Exchange:
    method: str
    host: str
    target: str          # as it was asked for: path and query
    request: bytes
    status: int
    reason: str
    headers: list        # (name, value) as recorded: names in lower case
    body: bytes

    @property
    def path(self):
        """The path as a key: no slash at the end (interop.md §6)."""
        return self.target.split("?")[0].rstrip("/")

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def message(self):
        """The answer as bytes on the wire."""
        # The recorder kept every body as text, so the length is the bytes' own.
        headers = [(n, v) for n, v in self.headers if n not in ("content-length", "transfer-encoding")]
        if self.status != 204:
            headers.append(("content-length", str(len(self.body))))
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def exchange(recorded):
    request, response = recorded["request"], recorded["response"]
    uri = urllib.parse.urlsplit(request["uri"])
    body = request["body"]
    return Exchange(request["method"], uri.hostname, uri.path + (f"?{uri.query}" if uri.query else ""),
                    body.encode() if isinstance(body, str) else body or b"",
                    response["status"]["code"], response["status"]["message"],
                    [(name, value) for name, values in response["headers"].items() for value in values],
                    response["body"]["string"].encode())


def load(folder):
    """{name of the recording: its exchanges in order}. The asynchronous recordings are the same traffic
    behind a Python object tag, and are left out."""
    found = {}
    for file in sorted(Path(folder).glob("*.yaml")):
        if "_async" not in file.name:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            name = re.sub(r"^test_(samples_)?secrets(_client)?\.test_|\.yaml$", "", file.name)
            found[name] = [exchange(recorded) for recorded in document["interactions"]]
    return found


def is_poll(exchanges, at):
    """Whether this 404 is a wait that a later 200 to the same request ended: how long the service took
    that day, nothing to compare."""
    now = exchanges[at]
    return now.status == 404 and any(later.status == 200 and later.method == now.method and
                                     later.path == now.path for later in exchanges[at + 1:])
