# SPDX-License-Identifier: MIT
"""Sends each recorded request to the emulator and compares its answer with Key Vault's own.

compare.py FOLDER, as the emulator's command. Compared: status, error.code, the names of the members and
their order, what the request determines of their values, the form of links and of the challenge, header
names. What interop.md §6 lists as changed since 2019 is taken out on both sides first.
"""
import collections
import http.client
import json
import os
import re
import socket
import ssl
import sys
import urllib.parse
import urllib.request

import vcr

# No longer sent, and sent since.
GONE = {"server", "x-powered-by", "x-aspnet-version"}
NEW = {"x-ms-request-id", "x-ms-client-request-id", "x-ms-keyvault-rbac-assignment-id",
       "x-ms-keyvault-rbac-cache"}
# Members whose values the request determines.
GIVEN = {"value", "contentType", "enabled", "nbf", "exp", "code"}

LINK = re.compile(r"^(https://[^/]+/[^?]+)\?api-version=([^&]+)&\$skiptoken=[^&]+(&maxresults=\d+)?$")
VERSION = re.compile(r"/[0-9a-f]{32}$")


class Connection(http.client.HTTPSConnection):
    """To the emulator's port, under a vault's name."""

    def __init__(self, host, port, trust):
        super().__init__(host, context=trust, timeout=30)
        self.emulator, self.trust = ("127.0.0.1", port), trust

    def connect(self):
        self.sock = self.trust.wrap_socket(socket.create_connection(self.emulator, 30),
                                           server_hostname=self.host)


class Emulator:
    def __init__(self):
        audience = urllib.parse.urlencode({"resource": "https://vault.azure.net"}).encode()
        asked = urllib.request.Request(os.environ["MSI_ENDPOINT"], audience, {"Metadata": "true"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            self.token = json.load(answer)["access_token"]
        self.port = int(os.environ["KVRUN_CONNECT_TO"].split(",")[0].rsplit(":", 1)[1])
        self.trust = ssl.create_default_context(cafile=os.environ["KVRUN_CA_FILE"])
        self.connections = {}

    def connection(self, host):
        if host not in self.connections:
            self.connections[host] = Connection(host, self.port, self.trust)
        return self.connections[host]

    def ask(self, method, host, target, body, with_token):
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        if with_token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self.connection(host)
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return vcr.Exchange(method, host, target, body, answer.status, answer.reason,
                            [(name.lower(), value) for name, value in answer.getheaders()], answer.read())


def shape(node, name=""):
    """The node with its member names in order; values kept only where the request determines them."""
    if isinstance(node, dict):
        return [(key, shape(value, key)) for key, value in node.items() if key != "recoverableDays"]
    if isinstance(node, list):
        return sorted((shape(value) for value in node), key=repr)
    if name == "nextLink" and isinstance(node, str):
        link = LINK.match(node)
        return f"{link[1]}?{link[2]}{link[3]}" if link else f"another form: {node}"
    if name in ("id", "recoveryId"):
        return VERSION.sub("/VERSION", node)
    return node if name in GIVEN else type(node).__name__


def challenge(exchange):
    """The challenge's form, the login host and tenant of the day taken out."""
    told = dict(exchange.headers).get("www-authenticate", "")
    return re.sub(r"https://login\.(windows\.net|microsoftonline\.com)/[0-9a-f-]{36}", "AUTHORITY", told)


def header_names(exchange, less):
    return {name for name, _ in exchange.headers} - less


def differences(recorded, got):
    """What differs, as (field, Key Vault's, the emulator's)."""
    found = []

    def same(field, theirs, ours):
        if theirs != ours:
            found.append((field, theirs, ours))

    same("status", recorded.status, got.status)
    theirs, ours = header_names(recorded, GONE), header_names(got, NEW)
    same("header names", sorted(theirs - ours), sorted(ours - theirs))
    same("challenge", challenge(recorded), challenge(got))
    if recorded.status >= 400:
        same("error.code", recorded.json["error"]["code"], (got.json or {}).get("error", {}).get("code"))
        same("members", list(recorded.json["error"]), list((got.json or {}).get("error", {})))
    elif recorded.method == "POST" and recorded.path.endswith("/backup"):
        same("members", list(recorded.json), list(got.json or {}))
    else:
        same("body", shape(recorded.json), shape(got.json))
    return found


class Recording:
    """Replays one recording's requests, with the emulator's versions, links and blobs for the recorded."""

    def __init__(self, emulator, exchanges):
        self.emulator = emulator
        self.exchanges = exchanges
        self.names = {}        # recorded text: the emulator's
        self.soft_delete = not any(e.method == "DELETE" and e.status == 200 and "recoveryId" not in e.json
                                   for e in exchanges)

    def learn(self, recorded, got):
        """What the emulator calls the things that the recording names."""
        theirs, ours = recorded.json or {}, got.json or {}
        for key in ("id", "value"):  # a version, a backup's blob
            if isinstance(theirs.get(key), str) and isinstance(ours.get(key), str):
                self.names[theirs[key].rsplit("/", 1)[-1]] = ours[key].rsplit("/", 1)[-1]
        if theirs.get("nextLink") and ours.get("nextLink"):
            self.names[urllib.parse.urlsplit(theirs["nextLink"]).query] = \
                urllib.parse.urlsplit(ours["nextLink"]).query

    def translated(self, text):
        for theirs, ours in self.names.items():
            if len(theirs) >= 32:  # not a value of the secret
                text = text.replace(theirs, ours)
        return text

    def replay(self):
        """Yields (recorded, differences or None when it is a poll)."""
        for at, recorded in enumerate(self.exchanges):
            if vcr.is_poll(self.exchanges, at):
                yield recorded, None
                continue
            got = self.emulator.ask(recorded.method, recorded.host, self.translated(recorded.target),
                                    self.translated(recorded.request.decode()).encode(),
                                    recorded.status != 401)
            if recorded.status < 300:
                self.learn(recorded, got)
            found = differences(recorded, got)
            yield recorded, found
            if recorded.method == "DELETE" and not self.soft_delete and got.status == 200:
                # Gone at once in a vault without soft delete; today that takes a purge.
                self.emulator.ask("DELETE", recorded.host, recorded.target.replace("/secrets", "/deletedsecrets"),
                                  b"", True)


def expected(recording, recorded, field):
    """Why a difference is one that has to be; empty when it is not."""
    if field == "body" and recorded.method == "DELETE" and not recording.soft_delete:
        return "recorded in a vault without soft delete, which no vault is any more"
    return ""


def main(folder):
    emulator = Emulator()
    compared = polls = 0
    left, wrong = collections.Counter(), []
    for name, exchanges in vcr.load(folder).items():
        recording = Recording(emulator, exchanges)
        for recorded, found in recording.replay():
            if found is None:
                polls += 1
                continue
            compared += 1
            for field, theirs, ours in found:
                why = expected(recording, recorded, field)
                if why:
                    left[why] += 1
                else:
                    wrong.append(f"{name}: {recorded.method} {recorded.target}: {field}: "
                                 f"Key Vault {theirs}, the emulator {ours}")
    print(*wrong, sep="\n")
    kept = "".join(f"; {count} left: {why}" for why, count in left.items())
    print(f"{compared} exchanges compared, {polls} polls passed over, {len(wrong)} differences{kept}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
