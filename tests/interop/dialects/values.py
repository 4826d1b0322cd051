# SPDX-License-Identifier: MIT
"""Values that a dialect may get wrong: chosen ones, and random ones that are the same in every run."""
import json
import random

AWKWARD = (
    "plain", " leading", "trailing ", "\ttab\t", "#hash", "a #comment", "a=b", "=", "a b  c", "it's", "'", "''", '"', '"quoted"',
    "'both\"", "`back`", "$HOME", "${HOME}", "$(id)", "a$", "back\\slash", "\\", "ends\\", "\\n", "\\\\n", "a\\\"b", "two\nlines",
    "\nfirst is empty", "last is empty\n", "\n\n", "a\r\nb", "cr\r", "%", "%0A", "%25", "%AZP25", "100%", ";", "a;b", "]", "[a]",
    "##vso[task.complete]", "::stop-commands::x", "EOF", "export A=b", "!history", "~", "*", "é", "日本", "\U0001f600", "\u00a0", "{{ x }}",
    "a,b", "a:b", "<<EOF", "-n", "null", "true", "0x10", "1e3",
)
ALPHABET = "aB\n\r\t'\"`${}\\#=é;!n% "


def values(count=200):
    """{variable: value}."""
    source = random.Random(4711)
    texts = [*AWKWARD, *("".join(source.choices(ALPHABET, k=source.randint(1, 12))) for _ in range(count))]
    return {f"V{i}": text for i, text in enumerate(texts)}


def seed(variables):
    """A seed in which secret vN is the value of VN."""
    lines = [f"    {name.lower()}: {json.dumps(value, ensure_ascii=False)}" for name, value in variables.items()]
    return "\n".join(["vaults:", "  kv1:", *lines, ""])


def mapping(variables):
    """kvrun's options for all of them."""
    return [word for name in variables for word in ("-e", f"{name}={name.lower()}")]
