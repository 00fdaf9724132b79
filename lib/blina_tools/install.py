"""Install the locked packages into a new environment: `python lib/blina_tools/install.py .venv`, as `make`.

uv installs in a tenth of pip's time. It comes from the lock, by pip, and takes its packages from where pip is
told to (uv reads none of pip's settings itself). Where uv cannot be had, or fails, pip does the whole.
Only the standard library is imported: nothing is installed yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCK = "requirements.lock"
SAME_MEANING = {
    "index_url": "UV_DEFAULT_INDEX",
    "extra_index_url": "UV_INDEX",
    "find_links": "UV_FIND_LINKS",
    "no_index": "UV_NO_INDEX",
    "trusted_host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default_timeout": "UV_HTTP_TIMEOUT",
}
"""pip's settings that say where packages come from, and uv's names for them.

Constraints are left out: they can change nothing of a lock, and uv takes none without a pin beside hashes.
"""
SEPARATED_BY_COMMAS = ("UV_FIND_LINKS",)
SECTIONS = ("global.", "install.", ":env:.")
"""Where `pip config list` finds a setting; what comes later holds."""


def main(arguments: Sequence[str]) -> int:
    """Make the environment anew in the folder named, and install; the exit status is the installer's."""
    venv = Path(arguments[0])
    begin = time.monotonic()
    print("installing the locked packages into", venv, "...", file=sys.stderr, flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    status = with_uv(python)
    if status != 0:
        print("uv did not install them; pip does, which takes about a minute", file=sys.stderr, flush=True)
        status = with_pip(python)
    if status == 0:
        print(f"installed in {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return status


def with_uv(python: Path) -> int:
    """Install uv from the lock, and with it all that is locked and the library; return the first failure."""
    lines = locked(Path(LOCK).read_text(encoding="utf-8"), "uv")
    alone = python.parent.parent / "uv.lock.txt"
    alone.write_text(lines, encoding="utf-8")
    if run([*pip(python), "install", "--no-compile", "--require-hashes", "-r", alone]) != 0:
        return 1
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    environment = {
        **os.environ,
        **settings(listed.stdout),
        "VIRTUAL_ENV": str(python.parent.parent.resolve()),
    }
    uv: list[str | Path] = [python.with_name("uv"), "pip", "install", "--quiet", "--no-config"]
    return (
        run([*uv, "--require-hashes", "-r", LOCK], environment)
        or run([*uv, "--no-deps", "--no-build-isolation", "--editable", "."], environment)
    )  # fmt: skip


def with_pip(python: Path) -> int:
    """Install all that is locked, and the library, by pip; return the first failure."""
    return (
        run([*pip(python), "install", "--require-hashes", "-r", LOCK])
        or run([*pip(python), "install", "--no-deps", "--no-build-isolation", "--editable", "."])
    )  # fmt: skip


def locked(lock: str, name: str) -> str:
    """Return the lines of a lock for one package: its pin and the hashes."""
    lines = lock.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def settings(listed: str) -> Mapping[str, str]:
    """Return as uv's environment what `pip config list` prints of where packages come from.

    pip takes the best version of all its indexes and trusts the system's certificates; so does uv if told to.
    The hashes make the first safe.
    """
    found: dict[str, str] = {}
    for section in SECTIONS:
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            option = name.removeprefix(section).replace("-", "_")
            meaning = SAME_MEANING.get(option) if name.startswith(section) else None
            if meaning is not None:
                words = value.strip("'\"").replace("\\n", " ").split()
                found[meaning] = ("," if meaning in SEPARATED_BY_COMMAS else " ").join(words)
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1", **found}


def pip(python: Path) -> list[str | Path]:
    """Return the quiet pip of an environment."""
    return [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> int:
    """Run a command; return its exit status, 1 where it cannot be started."""
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
