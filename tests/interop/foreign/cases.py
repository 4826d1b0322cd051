# SPDX-License-Identifier: MIT
"""kvrun against a server that is no Key Vault but answers nearly as one: it reads the value exactly, or
fails with the status that tells what would help (design.md §2).
"""
import json
import tempfile
from dataclasses import dataclass

from harness import azure
from harness.outcome import Failure, Outcome, Suite
from harness.programs import KVRUN, environment, last_line, run
from harness.server import CUT, END, Authority, Server, message

from . import answers as a


@dataclass
class Case:
    name: str
    answer: list                 # pieces; an answer for every request to the secret
    status: int = 0              # kvrun's
    says: str = ""               # on stderr
    value: str = a.VALUE
    timeout: str = "10s"
    reference: str = "a"


READ = (
    Case("chunked, no reason phrase, sorted keys, a challenge on the 200", a.lowkey()),
    Case("chunks of one byte", a.chunked(a.bundle(), 1)),
    Case("chunks with an extension and a trailer",
         a.chunked(a.bundle(), 50, extension=b";name=value", trailer=b"X-Checksum: 1\r\n")),
    Case("a status line that ends after the code", a.chunked(a.bundle(), 50, reason=None)),
    Case("a length, no blank in the status line",
         [message(200, [("content-length", str(len(a.bundle()))), a.JSON], a.bundle())]),
    Case("no length: the body ends with the connection",
         [message(200, [("Connection", "close"), a.JSON], a.bundle(), "OK"), END]),
    Case("no content type", a.whole(200, a.bundle())),
    Case("headers in other case, with blanks around",
         [b"HTTP/1.1 200 \r\nCONTENT-LENGTH:   %d  \r\ncontent-TYPE:application/json\r\n\r\n%s"
          % (len(a.bundle()), a.bundle())]),
    Case("unknown members of every type",
         a.lowkey(body=a.bundle(previousVersion=None, extra=[1, {"value": "not this"}], zzz=1.5e300))),
    Case("a pinned version", a.lowkey(), reference=f"a/{a.VERSION}"),
    Case("times as numbers with a fraction are no reason to fail",
         a.lowkey(body=a.bundle(attributes={"enabled": True, "exp": 4102444800, "nbf": 1}))),
    Case("a value of 25,600 quotes", a.lowkey(body=a.bundle('"' * 25600)), value='"' * 25600),
)

REFUSED = (
    Case("404 with a foreign code",
         a.lowkey(404, a.lowkey_error("NotFoundException", "Key not found: a")), 123, "404"),
    Case("404 for a disabled secret", a.lowkey(
        404, a.lowkey_error("NotFoundException", "Operation get is not allowed on a disabled entity.")),
        123, "404"),
    Case("404 for an unknown vault", a.lowkey(
        404, a.lowkey_error("NotFoundException", "Unable to find active vault: https://kv1")), 123, "404"),
    Case("400 with a page of HTML", a.whole(400, a.HTML, [("Content-Type", "text/html")]), 123, "400"),
    Case("400 with another JSON", a.lowkey(400, a.spring_error(400, "Bad Request")), 123, "400"),
    Case("401 without a body, with its own address as the audience",
         a.whole(401, b"", [("WWW-Authenticate", a.CHALLENGE)]), 123, "401"),
    Case("403 with a foreign code", a.lowkey(403, a.lowkey_error("X", "no")), 123, "403"),
    Case("405", a.whole(405, b"", [("Allow", "POST")]), 123, "405"),
    Case("a redirect", a.whole(302, b"", [("Location", "https://other.vault.azure.net/secrets/a")]),
         123, "302"),
    Case("200 with a page of HTML", a.whole(200, a.HTML, [("Content-Type", "text/html")]), 123),
    Case("200 without a value", a.lowkey(body=b'{"attributes":{"enabled":true},"id":"x"}'), 123),
    Case("200 with a number as value", a.lowkey(body=a.bundle(7)), 123),
    Case("200 with two values", a.lowkey(body=b'{"id":"x","value":"one","value":"two"}'), 123),
    Case("an answer that is no HTTP", [b"* OK IMAP4rev1 ready\r\n\r\n", END], 123),
    Case("a greeting that is no HTTP", [b"220 smtp.example ESMTP\r\n", END], 123),
)

LATE = (
    Case("500 with another JSON", a.lowkey(500, a.spring_error(500, "Internal Server Error")), 124, "500",
         timeout="2s"),
    Case("chunks that end half way", [*a.chunked(a.bundle(), 50)[:3], END], 124, timeout="2s"),
    Case("no length, and the connection is cut",
         [message(200, [("Connection", "close"), a.JSON], a.bundle(), "OK"), CUT], 124, timeout="2s"),
    Case("chunks without their last", [*a.chunked(a.bundle(), 4096)[:2], END], 124, timeout="2s"),
)


def kvrun(words, variables, reference, timeout):
    return run([KVRUN, *words, "--timeout", timeout, "-e", f"VALUE={reference}", "--", "printenv", "VALUE"],
               60, environment(**variables))


def judge(case, done):
    if done.returncode != case.status:
        raise Failure(f"status {done.returncode}, not {case.status}: {last_line(done.stderr)}")
    if case.status == 0 and done.stdout != case.value + "\n":
        raise Failure("another value")
    if case.status == 0 and done.stderr:
        raise Failure(f"not silent: {last_line(done.stderr)}")
    if case.status != 0 and done.stdout:
        raise Failure("the command was started")
    if case.says not in done.stderr:
        raise Failure(f"stderr does not say {case.says}: {last_line(done.stderr)}")


def judge_manners(vault, identity):
    """No request without the token, and no token for an audience that a server named."""
    if any(r.headers.get("authorization") != f"Bearer {azure.TOKEN}" for r in vault.requests):
        raise Failure("a request without the token")
    if not vault.requests:
        raise Failure("the vault was not asked")
    if any("vault.azure.net&" not in r.target + "&" or "8443" in r.target for r in identity.requests):
        raise Failure("a token was asked for with another audience")


def real_name(case):
    """Under Key Vault's own name: the same code path as in production."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        certificate = authority.issue("vault", ["*.vault.azure.net"])
        with Server(lambda _: case.answer, certificate) as vault, azure.identity() as (identity, variables):
            done = kvrun(["--vault", "kv1", "--ca-file", authority.file,
                          "--connect-to", f":443:127.0.0.1:{vault.port}"], variables, case.reference,
                         case.timeout)
            judge(case, done)
            judge_manners(vault, identity)
    return Outcome()


def trusted_host():
    """Under a name and a port of its own, which --trust-host names."""
    case = Case("", a.lowkey())
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        certificate = authority.issue("local", ["localhost"])
        with Server(lambda _: case.answer, certificate) as vault, azure.identity() as (identity, variables):
            host = f"localhost:{vault.port}"
            words = ["--vault", f"https://{host}", "--ca-file", authority.file]
            judge(case, kvrun([*words, "--trust-host", f"{host}=public"], variables, "a", "30s"))
            judge_manners(vault, identity)
            asked = len(vault.requests)
            refused = kvrun(words, variables, "a", "30s")
            if refused.returncode != 125 or len(vault.requests) != asked:
                raise Failure(f"without --trust-host: status {refused.returncode}, not 125")
    return Outcome()


LINK = f"https://{a.HOST}:443/secrets?api-version=7.4&$skiptoken=25&maxresults=25"


def listing(link, status, names):
    """Two pages, the second without `nextLink`, and what `kvrun list` makes of the link between them."""
    def answer(request):
        if "skiptoken" in request.target:
            return a.lowkey(body=a.page(25, 5))
        return a.lowkey(body=a.page(0, 25, link))

    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        certificate = authority.issue("vault", ["*.vault.azure.net"])
        with Server(answer, certificate) as vault, azure.identity() as (identity, variables):
            done = run([KVRUN, "list", "--format", "json", "--vault", "kv1", "--ca-file", authority.file,
                        "--connect-to", f":443:127.0.0.1:{vault.port}", "--timeout", "10s"], 60,
                       environment(**variables))
            judge_manners(vault, identity)
            if any(r.headers["host"].split(":")[0] != a.HOST for r in vault.requests):
                raise Failure("another host was asked")
    if done.returncode != status:
        raise Failure(f"status {done.returncode}, not {status}: {last_line(done.stderr)}")
    if names and sorted(s["name"] for s in json.loads(done.stdout)["secrets"]) != names:
        raise Failure("other names")
    return Outcome()


def suites():
    found = [Suite(f"foreign reads: {case.name}", lambda c=case: real_name(c)) for case in READ]
    found += [Suite(f"foreign refuses: {case.name}", lambda c=case: real_name(c)) for case in REFUSED]
    found += [Suite(f"foreign gives up on: {case.name}", lambda c=case: real_name(c)) for case in LATE]
    found += [
        Suite("foreign list: a link with a port, then none",
              lambda: listing(LINK, 0, sorted(f"s{i}" for i in range(30)))),
        Suite("foreign list: a link to another host is not followed",
              lambda: listing(LINK.replace("kv1", "kv2"), 1, [])),
    ]
    return [*found, Suite("foreign under a name of its own: --trust-host", trusted_host)]
