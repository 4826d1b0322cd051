# SPDX-License-Identifier: MIT
"""Answers as servers other than Key Vault give them, Lowkey Vault 7.3.74 above all (interop.md §7)."""
import json

from harness.server import message

HOST = "kv1.vault.azure.net"
VERSION = "4387e9f3d6e14c459867679a90fd0f79"
VALUE = 'pä$$ "w"\\n\t✓'
CHALLENGE = f'Bearer resource="https://{HOST}:8443", authorization_uri="https://{HOST}:8443/secrets/a"'
JSON = ("Content-Type", "application/json")


def bundle(value=VALUE, **more):
    """A secret with its members in alphabetical order, and blanks between them."""
    members = {"attributes": {"created": 1700000000, "enabled": True, "recoverableDays": 90,
                              "recoveryLevel": "Recoverable", "updated": 1700000000},
               "id": f"https://{HOST}:8443/secrets/a/{VERSION}", "managed": False, "tags": {}, "value": value}
    return json.dumps(members | more, ensure_ascii=False, sort_keys=True, indent=1).encode()


def chunks(body, size, extension=b"", trailer=b""):
    """The body's chunks, each a piece of its own, the size in upper case."""
    for at in range(0, len(body), size):
        part = body[at:at + size]
        yield b"%X%s\r\n" % (len(part), extension) + part + b"\r\n"
    yield b"0\r\n" + trailer + b"\r\n"


def chunked(body, size, status=200, headers=(), reason="", **how):
    head = [("Transfer-Encoding", "chunked"), JSON, *headers]
    return [message(status, head, reason=reason), *chunks(body, size, **how)]


def whole(status, body, headers=(), reason=""):
    return [message(status, [("Content-Length", str(len(body))), *headers], body, reason)]


def lowkey(status=200, body=None):
    """As Lowkey Vault frames everything: chunked, no reason phrase, a challenge even on a 200."""
    return chunked(bundle() if body is None else body, 4096, status, [("WWW-Authenticate", CHALLENGE)])


def lowkey_error(kind, text):
    code = f"com.github.nagyesta.lowkeyvault.service.exception.{kind}"
    return json.dumps({"error": {"code": code, "message": text}}).encode()


def page(first, count, link=None):
    """A page of a list; without a link there is no `nextLink` at all."""
    items = [{"attributes": {"enabled": True}, "id": f"https://{HOST}:8443/secrets/s{i}", "managed": False,
              "tags": {}} for i in range(first, first + count)]
    return json.dumps({"nextLink": link, "value": items} if link else {"value": items}).encode()


def spring_error(status, text):
    return json.dumps({"timestamp": "2026-08-22T12:00:00.000+00:00", "status": status, "error": text,
                       "path": "/secrets/a"}).encode()


HTML = b"<!doctype html><html><head><title>HTTP Status 400</title></head><body><h1>Bad Request</h1></body></html>"
