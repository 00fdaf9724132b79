"""Runs test files against a library with one slip in it, each in a fork of a process that is warm already.

`python slips.py` reads requests from standard input, one JSON object a line: the file of a module, its text
with the slip, and a test file. It answers each with the exit status of pytest and what pytest printed. The
checkout stays as it is: the slip is in the text that Python imports, not in the file.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
# What takes long to import and is not ours: a fork must import ours anew.
HEAVY = (
    "hypothesis", "lifelines", "numba", "pandas", "pyarrow", "pytest", "scipy.optimize", "scipy.stats",
    "seaborn",
)  # fmt: skip
NOT_IMPORTED = 99
"""Status of a run that never imported the module with the slip, so that nothing can have noticed it."""


class Slip(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Lets Python import another text for one file; everything else is found as ever."""

    def __init__(self, file: str, text: str) -> None:
        name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        super().__init__(name, str(LIBRARY / file))
        self.text = text
        self.imported = False

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, name):
        # Not by way of the file's compiled form, which is that of the sound text.
        self.imported = True
        return compile(self.text, self.path, "exec", dont_inherit=True)


def run(file: str, text: str, test: str) -> int:
    """Run a test file in this process, with `text` in place of the module; return pytest's exit status."""
    import pytest

    slip = Slip(file, text)
    sys.meta_path.insert(0, slip)
    status = pytest.main(["-q", "-x", "-p", "no:cacheprovider", str(LIBRARY / "tests" / test)])
    return int(status) if slip.imported else NOT_IMPORTED


def answer(request: dict[str, str]) -> dict[str, object]:
    """Run a request in a fork and return its status and what it printed."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            status = 3
            try:
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
                status = run(**request)
                sys.stdout.flush()
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed.seek(0)
        return {"status": status, "printed": printed.read().decode("utf-8", errors="replace")}


if __name__ == "__main__":
    for module in HEAVY:
        importlib.import_module(module)
    # What is there now is never looked through again: each fork would, several times.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
