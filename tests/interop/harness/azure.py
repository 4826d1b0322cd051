# SPDX-License-Identifier: MIT
"""An identity endpoint that answers as Lowkey Vault's does, for kvrun against servers of our own."""
import contextlib
import json
import urllib.parse

from .server import Server, message

TOKEN = "interop.access.token"
AUDIENCE = "https://vault.azure.net"


def token_answer(request):
    """Numbers for times, no not_before, and a challenge although all is well (interop.md §7)."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.target).query)
    if query.get("resource") != [AUDIENCE]:
        return [message(400, [("Content-Length", "0")])]
    body = json.dumps({"resource": AUDIENCE, "access_token": TOKEN, "refresh_token": "x",
                       "expires_in": 172800, "expires_on": 4102444800, "token_type": 1}).encode()
    return [message(200, [("WWW-Authenticate", "Basic realm=assumed-identity"),
                          ("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body, "")]


@contextlib.contextmanager
def identity():
    """The server and the variables of App Service that announce it."""
    with Server(token_answer) as server:
        yield server, {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.port}/metadata/identity/oauth2/token",
                       "IDENTITY_HEADER": "interop"}
