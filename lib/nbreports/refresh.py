"""Execute notebooks in place at their default parameters: `python -m nbreports.refresh COLLECTION [NAME …]`.

COLLECTION is an import path, as `package.module:NAME`. Beside each notebook, in `source/`, its cells are
written as a script, which is what to read of a change.
An unchanged tree stays unchanged, byte for byte, under another Python too: a notebook names the one that
it last changed under. A notebook that fails, or a run that is interrupted,
leaves the stored notebook as it was.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from blina_base.errors import BlinaError, InputError
from nbreports.collection import Collection, load


def refresh(notebook: Path, collection: Collection) -> bool:
    """Execute `notebook`, replace it and its script if they came out differently; return whether they did.

    Raises BlinaError with the last lines of the traceback if a cell fails.
    """
    from blina_base.files import write_atomically
    from nbreports import source
    from nbreports.process import worker
    from nbreports.run.job import Job, Kind

    stored = notebook.read_text(encoding="utf-8")
    where = str(notebook.parent.resolve())
    worker.start(collection.address, everything=True)
    result = worker.render(Job(collection.address, notebook.stem, stored, cwd=where, export=False))
    if result.kind is not Kind.DONE:
        place = "" if result.cell is None else f" in cell {result.cell}"
        raise BlinaError("\n".join([f"{result.kind}{place}: {result.detail}", *result.lines]))
    executed = _as_stored(result.files["notebook.ipynb"], stored)
    script = source.script(executed.decode("utf-8"), collection.name).encode("utf-8")
    pair = {notebook: executed, source.beside(notebook): script}
    changed = [path for path, content in pair.items() if not path.is_file() or path.read_bytes() != content]
    for path in changed:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, pair[path])
    return bool(changed)


def _as_stored(executed: bytes, stored: str) -> bytes:
    """Return the stored notebook if the executed one differs from it in the version of Python alone."""
    named = json.loads(stored)["metadata"].get("language_info", {}).get("version", "")
    line = '"version": "{}"'
    # JupyterLab would note its own version, so that it stands in the notebook.
    again = executed.decode("utf-8").replace(line.format(platform.python_version()), line.format(named))
    return stored.encode("utf-8") if again == stored else executed


def select(names: Sequence[str], folder: Path) -> list[Path]:
    """Return the notebooks with these names (with or without .ipynb), all if there are no names."""
    found = sorted(folder.glob("*.ipynb"))
    wanted = [Path(name).name.removesuffix(".ipynb") for name in names]
    for name in wanted:
        if name not in [notebook.stem for notebook in found]:
            raise InputError(f"{name}: no such notebook in {folder.name}")
    return [notebook for notebook in found if not wanted or notebook.stem in wanted]


def main(arguments: Sequence[str]) -> int:
    """Refresh a collection's notebooks, those named or all; return 1 if one failed, 2 for a wrong name."""
    status = 0
    try:
        collection = load(arguments[0])
        for notebook in select(arguments[1:], collection.notebooks):
            try:
                changed = refresh(notebook, collection)
                print(f"{notebook.stem}: {'changed' if changed else 'unchanged'}", flush=True)
            except BlinaError as error:
                print(f"{notebook.stem}: {error}", file=sys.stderr, flush=True)
                status = 1
    except InputError as error:
        print(error, file=sys.stderr)
        status = error.exit_code
    except KeyboardInterrupt:
        print("interrupted; the stored notebooks are as they were", file=sys.stderr)
        status = 130
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
