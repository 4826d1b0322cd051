# SPDX-License-Identifier: MIT
"""Who is measured, and how each is driven: as its own documentation says."""
import os
import pathlib
import subprocess
from dataclasses import dataclass, field
from typing import Callable

HERE = pathlib.Path(__file__).resolve().parent
VAULT = "kv1"


@dataclass
class Place:
    """Where a contender is installed, and the folder for what it is configured with."""
    kvrun: str
    dynamic: str
    cache: pathlib.Path
    work: pathlib.Path

    def file(self, name, text):
        path = self.work / name
        path.write_text(text)
        return str(path)


@dataclass
class Contender:
    name: str
    title: str
    command: Callable  # (place, count) -> words that come before the command
    install: str = ""  # its name for bench/install
    without: tuple = ()  # variables of the emulator's that it does not need
    environment: dict = field(default_factory=dict)
    prepare: Callable = lambda place, environment: None  # once, in the emulator's network
    most: int = 1 << 30  # secrets: what takes a second a secret is not asked for a hundred


def pairs(count):
    return [f"A{i}=s{i}" for i in range(count)]


def script(*words):
    return lambda place, count: [*(w.format(cache=place.cache, here=HERE) for w in words), VAULT, *pairs(count), "--"]


def kvrun(binary, parallel=None):
    def words(place, count):
        mapping = "".join(f"  A{i}: s{i}\n" for i in range(count))
        bound = f"parallel: {parallel}\n" if parallel else ""
        config = place.file(f"kvrun-{count}-{parallel}.yaml", f"vault: {VAULT}\n{bound}env:\n{mapping}")
        return [getattr(place, binary), "-c", config, "--"]
    return words


def vals(place, count):
    text = "".join(f"A{i}: ref+azurekeyvault://{VAULT}/s{i}\n" for i in range(count))
    return [f"{place.cache}/vals/vals", "exec", "-f", place.file(f"vals-{count}.yaml", text), "--"]


def secretspec(place, count):
    secrets = "".join(f'A{i} = {{ description = "a secret", ref = {{ item = "s{i}" }} }}\n' for i in range(count))
    text = f'[project]\nname = "bench"\nrevision = "1.0"\n\n[profiles.default]\n{secrets}'
    return [f"{place.cache}/secretspec/bin/secretspec", "--file", place.file(f"secretspec-{count}.toml", text), "run",
            "--provider", f"akv://{VAULT}?auth=managed_identity", "--"]


def fnox(place, count):
    secrets = "".join(f'A{i} = {{ provider = "azure", value = "s{i}" }}\n' for i in range(count))
    text = ('[providers.azure]\ntype = "azure-sm"\nauth = "managed-identity"\n'
            f'vault_url = "https://{VAULT}.vault.azure.net/"\n\n[secrets]\n{secrets}')
    return [f"{place.cache}/fnox/bin/fnox", "--config", place.file(f"fnox-{count}.toml", text), "exec", "--"]


def akv(place, count):
    references = [f"A{i}=https://{VAULT}.vault.azure.net/secrets/s{i}" for i in range(count)]
    return ["env", *references, f"{place.cache}/akv/bin/akv", "run", "--no-masking", "--"]


def sign_in(place, environment):
    """Once: the sign-in is not part of what is measured."""
    environment["AZURE_CONFIG_DIR"] = str(place.work / "azure")
    environment["PATH"] = f"{place.cache}/az/bin:{environment['PATH']}"
    subprocess.run(["az", "login", "--identity", "--allow-no-subscriptions", "-o", "none"], env=environment,
                   check=True, stdin=subprocess.DEVNULL, timeout=120)


AZ = {"AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_ONLY_SHOW_ERRORS": "1"}
# The others learn of the emulator's CA by these; kvrun, which has KVRUN_CA_FILE, takes the system's roots as everywhere.
ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")
CONTENDERS = [
    Contender("kvrun", "kvrun", kvrun("kvrun"), without=ROOTS),
    Contender("kvrun-dynamic", "kvrun, the distribution's libraries", kvrun("dynamic"), without=ROOTS),
    Contender("go-sdk", "Go SDK, parallel, exec", script("{cache}/go-sdk/launch"), "go-sdk"),
    Contender("vals", "vals exec (Go)", vals, "vals", environment={"AZKV_AUTH": "managed"}),
    Contender("secretspec", "secretspec run (Rust)", secretspec, "secretspec"),
    Contender("fnox", "fnox exec (Rust)", fnox, "fnox"),
    Contender("akv", "akv run (Rust, by az)", akv, "akv", environment=AZ, prepare=sign_in),
    Contender("curl-parallel", "curl --parallel, python", script("{here}/launchers/bash/parallel.sh")),
    Contender("bash", "bash, curl, python a secret", script("{here}/launchers/bash/launch.sh")),
    Contender("python-sdk", "Python SDK, parallel, exec",
              script("{cache}/python-sdk/bin/python", "{here}/launchers/python/launch.py"), "python-sdk"),
    Contender("node-sdk", "Node SDK, parallel", script("node", "{cache}/node-sdk/launch.mjs"), "node-sdk"),
    Contender("az", "az a secret", script("{here}/launchers/bash/az.sh"), "az", environment=AZ, prepare=sign_in, most=10),
]
# kvrun beside itself, with other upper bounds for its connections.
PARALLEL = [Contender(f"parallel-{bound}", str(bound), kvrun("kvrun", bound), without=ROOTS)
            for bound in (1, 4, 8, 16, 32, 64)]


def installed(contender, place):
    """Why it is not there; "" when it is."""
    if contender.name == "kvrun-dynamic" and place.dynamic == "":
        return "only one kvrun was built"
    needs = [contender.install] if contender.install else []
    if contender.name == "akv":
        needs.append("az")  # its identity is a developer's tool
    for name in needs:
        folder = place.cache / name
        if not (folder / "installed").exists():
            why = folder / "why-not"
            return why.read_text().strip() if why.exists() else f"{name} is not installed"
    missing = [tool for tool in ("node", "curl", "bash") if contender.name.startswith(tool[:4]) and
               not any(os.access(os.path.join(d, tool), os.X_OK) for d in os.environ["PATH"].split(":"))]
    return f"there is no {missing[0]}" if missing else ""
