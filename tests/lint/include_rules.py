#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the dependency rules of ARCHITECTURE.md from the #include lines of a tree.

usage: include_rules.py ROOT     prints one line a violation; status 1 if there is any
"""

import pathlib
import re
import sys

# What a folder may include of ours. Tests of a folder may include what the folder may, and fakes.
FOLDERS = {
    "base": {"base"},
    "config": {"config", "base"},
    "azure": {"azure", "base"},
    "launcher": {"launcher", "config", "azure", "base"},
    "emulator": {"emulator", "base"},
    "tests/cli": {"base"},
}
# Generated; base knows nothing of kvrun, its version included.
GENERATED = {"version.hpp": {"launcher", "azure", "emulator", "tests/cli"}}

# Outside the emulator, which is a server of its own, each library stops at one file a purpose.
TRANSPORT = "azure/transport/"
LIBRARIES = {
    "Poco/": {
        TRANSPORT + "connection.cpp",  # sockets
        TRANSPORT + "http_message.cpp",  # the head of an answer
        TRANSPORT + "tls_library.hpp",  # the TLS context; see PRIVATE
    },
    "openssl/": {
        TRANSPORT + "connection.cpp",  # why a handshake failed
        TRANSPORT + "tls_context.cpp",  # who is trusted
        TRANSPORT + "pem_bundle.cpp",  # roots in a bundle
        TRANSPORT + "trust_store.cpp",  # the lazy look-up of roots
        "azure/identity/client_assertion.cpp",  # signing with a client certificate
        "launcher/certificate.cpp",  # PKCS#12 and PEM of files: entries
    },
    "simdjson": {"base/json.cpp"},
    "yaml-cpp/": {"base/yaml.cpp"},
}
# A header that has a library's types in it, and who may include it.
PRIVATE = {
    TRANSPORT + "tls_library.hpp": {TRANSPORT + "tls_context.cpp", TRANSPORT + "connection.cpp"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = ("base", "config", "azure", "launcher", "emulator", "tests", "bench")


def folder_of(path):
    """The entry of FOLDERS that a file comes under, and whether it is a unit test of it."""
    parts = path.split("/")
    if parts[:2] == ["tests", "unit"]:
        return parts[2], True
    if parts[0] == "tests":
        return "/".join(parts[:2]), False
    return parts[0], False


def problem_of(root, path, quoted, name, known):
    """What is wrong with one include line of a file, or None."""
    if quoted and path.startswith("tests/") and (root / path).parent.joinpath(name).is_file():
        return None  # a helper beside the test
    folder, is_test = folder_of(path)
    ours = name.split("/")[0] in known
    if not quoted:
        if ours:
            return f"<{name}> is ours: write it in quotes"
        for library, files in LIBRARIES.items():
            if name.startswith(library) and path not in files and folder in FOLDERS:
                if folder != "emulator" and not is_test and path.split("/")[0] != "tests":
                    return f"<{name}> stops at {', '.join(sorted(files))}"
        return None
    if name in GENERATED:
        return None if folder in GENERATED[name] | {"tests"} else f"{folder} may not know {name}"
    if name in PRIVATE and path not in PRIVATE[name]:
        return f"{name} is for {', '.join(sorted(PRIVATE[name]))}"
    if not ours:
        return f'"{name}" is not a path from the root'
    if folder not in FOLDERS:
        return None  # fuzz targets, fakes and benchmarks may see everything
    allowed = FOLDERS[folder] | ({"tests"} if path.startswith("tests/") else set())
    included = name.split("/")[0]
    return None if included in allowed else f"{folder} may not include {included}"


def violations(root):
    root = pathlib.Path(root)
    known = {folder for folder in SOURCES if (root / folder).is_dir()}
    files = sorted(f for s in SOURCES for e in ("*.cpp", "*.hpp") for f in (root / s).rglob(e))
    found = []
    for file in files:
        path = file.relative_to(root).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            problem = match and problem_of(root, path, match[1] == '"', match[2], known)
            if problem:
                found.append(f"{path}:{number}: {problem}")
    return len(files), found


def main():
    count, found = violations(sys.argv[1])
    for line in found:
        print(line)
    if not count:
        print(f"no C++ files in '{sys.argv[1]}'")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())
