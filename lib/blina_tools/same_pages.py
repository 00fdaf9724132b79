"""The net under a change that must not be seen: every page of this tree beside that of another.

`python -m blina_tools.same_pages REVISION` renders the default and the quick profile of a revision and of
this tree, and compares results.json, CSV, SVG and HTML byte for byte. Left out of it are the digests
in a page's footer, and the code of the notebooks, which names the modules that a change may move.
`python -m blina_tools.same_pages FOLDER` takes pages that were rendered before, in FOLDER.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from blina_base import project

PROFILES = ("default", "quick")
COMPARED = (".json", ".csv", ".svg", ".html")
_MASKED = (
    re.compile(rb"sha256 [0-9a-f]{16,64}"),
    re.compile(rb'<div class="code">.*?</div>', re.DOTALL),
)


def render(checkout: Path, output: Path) -> None:
    """Render the profiles of a checkout with its own library; CalledProcessError if a page fails."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "lib")}
    for profile in PROFILES:
        command = [sys.executable, "-m", "blina.cli", "render", "--profile", profile, "--output", str(output)]
        subprocess.run(command, cwd=checkout, env=environment, check=True)


def seen(pages: Path) -> dict[str, bytes]:
    """Return what a reader sees of rendered pages: file by relative name, without what is left out."""
    return {
        str(path.relative_to(pages)): masked(path.read_bytes())
        for profile in PROFILES
        for path in sorted((pages / profile).rglob("*"))
        if path.suffix in COMPARED and path.name != "rendering.json"
    }


def masked(content: bytes) -> bytes:
    """Return a file without digests and without the notebook's code."""
    for pattern in _MASKED:
        content = pattern.sub(b"", content)
    return content


def differences(before: dict[str, bytes], now: dict[str, bytes]) -> Iterator[str]:
    """Yield one line for each file that is not the same in both."""
    for name in sorted({*before, *now}):
        if name not in now:
            yield f"{name}: no longer there"
        elif name not in before:
            yield f"{name}: new"
        elif before[name] != now[name]:
            yield f"{name}: differs, from byte {_first_difference(before[name], now[name])} on"


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def main(arguments: list[str]) -> int:
    """Compare and print; 0 if all is the same, 1 if not, 2 for a wrong request."""
    if len(arguments) != 1:
        print("expected one argument: a revision, or a folder of rendered pages", file=sys.stderr)
        return 2
    root = project.root()
    with tempfile.TemporaryDirectory() as scratch:
        before = Path(arguments[0])
        if not (before / PROFILES[0]).is_dir():
            checkout, before = Path(scratch) / "before", Path(scratch) / "pages-before"
            command = ["git", "worktree", "add", "--quiet", "--detach", str(checkout), arguments[0]]
            if subprocess.run(command, cwd=root, check=False).returncode:
                return 2
            try:
                render(checkout, before)
            finally:
                subprocess.run(["git", "worktree", "remove", "--force", str(checkout)], cwd=root, check=False)
        now = Path(scratch) / "pages-now"
        render(root, now)
        found = list(differences(seen(before), seen(now)))
    print("\n".join(found) if found else "every page is the same")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
