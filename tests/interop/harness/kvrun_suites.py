# SPDX-License-Identifier: MIT
"""kvrun, and the emulator, against answers and programs that no one here wrote."""
from foreign import cases
from lowkey import suite as lowkey

from . import installed
from .outcome import Failure, Outcome, Suite
from .programs import HERE, KVRUN, emulated, environment, last_line, run


def verdict(done):
    """What a script in recordings/ says: its last line the figures, the others what is wrong."""
    lines = [line for line in done.stdout.splitlines() if line]
    if done.returncode != 0 or not lines:
        wrong = lines[:-1] or [last_line(done.stderr)]
        raise Failure(f"{lines[-1] if lines else 'broke off'}; {'; '.join(wrong[:5])}")
    return Outcome(lines[-1])


def replayed():
    folder, python = installed.recordings()
    return verdict(run([python, HERE / "recordings" / "replay.py", folder, KVRUN]))


def compared():
    folder, python = installed.recordings()
    done, _ = emulated([python, HERE / "recordings" / "compare.py", folder], "recordings.yaml", None)
    return verdict(done)


def vals_reads():
    """`vals get` prints the value; `vals exec` puts it into a command's environment."""
    vals, reference = installed.vals(), "ref+azurekeyvault://kv1/db-password"
    env = environment(AZKV_AUTH="managed")
    for command in ([*vals, "get", reference],
                    [*vals, "exec", "-i", "-f", HERE / "seeds" / "vals.yaml", "--", "printenv", "PASSWORD"]):
        done, _ = emulated(command, "identity.yaml", "--as-proxy", env=env)
        if done.returncode != 0 or done.stdout.strip() != "s3cret":
            raise Failure(f"{command[1]}: status {done.returncode}: {last_line(done.stderr)}")
    return Outcome()


def suites():
    return [Suite("recordings: kvrun reads what Key Vault answered", replayed),
            Suite("recordings: the emulator answers as Key Vault did", compared),
            *cases.suites(), *lowkey.suites(),
            Suite("vals: get and exec from the emulator", vals_reads, ci=False)]
