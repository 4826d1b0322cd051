# SPDX-License-Identifier: MIT
"""kvrun reads what Key Vault once answered: the recorded bytes, headers and order, over TLS, under the
recorded names.

replay.py FOLDER KVRUN. Every recorded answer to a GET of a secret is served once, to a kvrun of its own; then the
last answers of a vault all at once; then its list of secrets.
"""
import concurrent.futures
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import vcr  # noqa: E402
from harness import azure  # noqa: E402
from harness.programs import environment, last_line, run  # noqa: E402
from harness.server import Authority, Server, message  # noqa: E402


def listed(exchanges):
    """The recorded lists of secrets: each is one page."""
    return [e for e in exchanges if e.method == "GET" and e.path == "/secrets" and e.status == 200]


def readable(exchanges):
    """{path: recorded answers to GET of this secret, in order}."""
    found = {}
    for exchange in exchanges:
        parts = exchange.path.split("/")[1:]
        if exchange.method == "GET" and parts[0] == "secrets" and len(parts) in (2, 3) and parts[-1] != "versions":
            found.setdefault(exchange.path, []).append(exchange)
    return found


KVRUN = sys.argv[2]


class Vault:
    """Serves one answer a path, and to who has no token the recorded challenge."""

    def __init__(self, exchanges):
        self.exchanges = exchanges
        self.host = exchanges[0].host
        self.anonymous = next(e for e in exchanges if e.status == 401)
        self.now = {}

    def answer(self, request):
        if request.headers.get("authorization") != f"Bearer {azure.TOKEN}":
            return [self.anonymous.message]
        found = self.now.get(request.target.split("?")[0].rstrip("/"))
        return [found.message if found else message(404, [("Content-Length", "0")], reason="Not Found")]


def kvrun(vault, references, server, authority, identity):
    """The environment that the command gets, or kvrun's status and message."""
    words = [KVRUN, "--vault", vault.host, "--ca-file", authority.file,
             "--connect-to", f":443:127.0.0.1:{server.port}", "--timeout", "60s"]
    for number, path in enumerate(references):
        words += ["-e", f"S{number}={path.removeprefix('/secrets/')}"]
    done = run([*words, "--", "env", "-0"], 120, environment(**identity))
    return done, dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)


def judge(vault, references, server, authority, identity):
    """What is wrong with kvrun's reading of the answers that the vault gives now."""
    done, got = kvrun(vault, references, server, authority, identity)
    wrong = []
    missing = [p for p in references if vault.now[p].status == 404]
    if missing:
        if done.returncode != 123 or "404 SecretNotFound" not in done.stderr:
            wrong.append(f"{vault.host}{missing[0]}: status {done.returncode}: {last_line(done.stderr)}")
        return wrong
    if done.returncode != 0:
        return [f"{vault.host}: status {done.returncode}: {last_line(done.stderr)}"]
    for number, path in enumerate(references):
        if got.get(f"S{number}") != vault.now[path].json["value"]:
            wrong.append(f"{vault.host}{path}: another value")
    return wrong


def judge_list(vault, exchange, server, authority, identity):
    """What is wrong with the names that `kvrun list` prints."""
    vault.now = {exchange.path: exchange}
    done = run([KVRUN, "list", "--format", "json", "--vault", vault.host, "--ca-file", authority.file,
                "--connect-to", f":443:127.0.0.1:{server.port}"], 120, environment(**identity))
    if done.returncode != 0:
        return [f"{vault.host}: list: status {done.returncode}: {last_line(done.stderr)}"]
    names = sorted(item["name"] for item in json.loads(done.stdout)["secrets"])
    recorded = sorted(item["id"].rsplit("/", 1)[-1] for item in exchange.json["value"])
    return [] if names == recorded else [f"{vault.host}: list: {names}, not {recorded}"]


def replay(exchanges, authority, certificate, identity):
    """(answers served, what is wrong)."""
    vault, paths, wrong, served = Vault(exchanges), readable(exchanges), [], 0
    with Server(vault.answer, certificate) as server:
        for path, answers in paths.items():
            for exchange in answers:
                vault.now = {path: exchange}
                wrong += judge(vault, [path], server, authority, identity)
                served += 1
        if len(paths) > 1:
            vault.now = {path: answers[-1] for path, answers in paths.items()}
            wrong += judge(vault, list(paths), server, authority, identity)
            served += len(paths)
        for exchange in listed(exchanges):
            wrong += judge_list(vault, exchange, server, authority, identity)
            served += 1
        anonymous = [r for r in server.requests if "authorization" not in r.headers]
        if anonymous:
            wrong.append(f"{vault.host}: {len(anonymous)} requests without a token")
    return served, wrong


def main(folder):
    recordings = [e for e in vcr.load(folder).values() if readable(e) or listed(e)]
    with tempfile.TemporaryDirectory() as temporary:
        authority = Authority(temporary)
        certificate = authority.issue("vault", sorted({e[0].host for e in recordings}))
        with azure.identity() as (_, variables), \
                concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda e: replay(e, authority, certificate, variables), recordings))
    wrong = [line for _, lines in results for line in lines]
    print(*wrong, sep="\n")
    print(f"{sum(count for count, _ in results)} recorded answers of {len(recordings)} vaults read, "
          f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
