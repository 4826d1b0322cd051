# SPDX-License-Identifier: MIT
"""Microsoft's clients against the emulator: what each is asked and what is known of it."""
from dataclasses import dataclass, field

from . import installed
from .outcome import FAILED, KNOWN, OK, Failure, Outcome, Suite
from .programs import emulated, last_line, need_way

VAULT = "https://kv1.vault.azure.net"
CLIENT_ID = "aaaaaaaa-0000-4000-8000-000000000001"  # the emulator's (docs/emulator.md)

OPERATIONS = ("set", "get", "pinned", "list", "versions", "disable", "missing", "delete", "deleted",
              "conflict", "recover", "purge", "restore", "retry-after", "throttled")

# What the emulator must have answered to a client that did all of it: method, status, how often at least.
SERVED = (("PUT", "401", 1), ("PUT", "200", 64), ("PUT", "409", 1), ("PATCH", "200", 2),
          ("GET", "403", 1), ("GET", "404", 2), ("GET", "429", 2), ("DELETE", "200", 3),
          ("DELETE", "204", 2), ("POST", "200", 3))

# A way that has the address of the metadata service or the folder of Arc's keys, or needs neither.
IDENTITIES = {"vm": "--as-hosts", "vm-client-id": "--as-hosts", "default": "--as-hosts",
              "app-service": "--as-proxy", "cloud-shell": "--as-proxy", "azure-ml": "--as-proxy",
              "arc": "--as-hosts", "service-fabric": "--as-proxy", "workload": "--as-proxy",
              "client-secret": "--as-hosts", "client-certificate": "--as-proxy"}


@dataclass
class Client:
    name: str
    command: object                  # returns the words that run it
    identities: tuple
    known: dict = field(default_factory=dict)  # {operation or identity: why it fails}
    ci: bool = True


CLIENTS = (
    Client("python", installed.python, tuple(IDENTITIES)),
    Client("node", installed.node, tuple(IDENTITIES),
           known={"throttled": "does not try again without Retry-After"}),
    Client("go", installed.go, tuple(IDENTITIES)),
    Client("java", installed.java, tuple(IDENTITIES), ci=False,
           known={"cloud-shell": "asks with GET", "azure-ml": "asks without the secret"}),
    Client("rust", installed.rust,
           ("vm", "vm-client-id", "app-service", "workload", "client-secret"), ci=False),
    Client("az", installed.az, ("vm", "vm-client-id", "app-service", "arc", "workload", "client-secret",
                                "client-certificate"), ci=False),
)


def answers(done):
    """What the client printed: {operation: (is it good, detail)}."""
    told = {}
    for line in done.stdout.splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and parts[1] in ("ok", "fail"):
            told[parts[0]] = (parts[1] == "ok", parts[2])
    return told


def judge(client, told, wanted, done):
    """The cells of the wanted rows, and what is wrong with them."""
    cells, wrong = {}, []
    for row in wanted:
        good, detail = told.get(row, (False, f"no answer: {last_line(done.stderr)}"))
        if row in client.known:
            cells[row] = KNOWN if not good else OK
            if good:
                wrong.append(f"{row} works now; it is listed as known to fail: {client.known[row]}")
        else:
            cells[row] = OK if good else FAILED
            if not good:
                wrong.append(f"{row}: {detail}")
    return cells, wrong


def operations(client, way):
    need_way(way)
    command = client.command()
    host = "vm" if way == "--as-hosts" else None
    done, counts = emulated([*command, "operations", VAULT], "operations.yaml", way, host, timeout=900)
    cells, wrong = judge(client, answers(done), OPERATIONS, done)
    served = counts["requests"].get("kv1.vault.azure.net", {})
    for method, status, times in SERVED:
        if served.get(method, {}).get(status, 0) < times:
            wrong.append(f"the emulator answered {served.get(method, {}).get(status, 0)} times "
                         f"{status} to {method}, not {times} or more")
    if wrong:
        raise Failure("; ".join(wrong), cells)
    known = [f"{row}: {why}" for row, why in client.known.items() if row in cells]
    return Outcome(f"known: {'; '.join(known)}" if known else "", cells)


def identity(client, kind):
    way = IDENTITIES[kind]
    need_way(way)
    command = client.command()
    host = "vm" if kind in ("vm-client-id", "default") else kind
    done, counts = emulated([*command, "identity", kind, VAULT, CLIENT_ID], "identity.yaml", way, host,
                            timeout=180)
    told = answers(done)
    good, detail = told.get("identity", (False, f"no answer: {last_line(done.stderr)}"))
    read = counts["requests"].get("kv1.vault.azure.net", {}).get("GET", {}).get("200", 0)
    if good and read < 1:
        good, detail = False, "the emulator was not asked"
    cells, wrong = judge(client, {kind: (good, detail)}, [kind], done)
    if wrong:
        raise Failure("; ".join(wrong), cells)
    return Outcome(f"known: {client.known[kind]}" if kind in client.known else "", cells)


def suites():
    found = []
    for client in CLIENTS:
        for way in ("--as-hosts", "--as-proxy"):
            found.append(Suite(f"{client.name} operations {way}",
                               lambda c=client, w=way: operations(c, w), client.ci,
                               "operation", f"{client.name} {way[5:]}"))
    for client in CLIENTS:
        for kind in client.identities:
            found.append(Suite(f"{client.name} identity {kind}", lambda c=client, k=kind: identity(c, k),
                               client.ci, "identity", client.name))
    return found
