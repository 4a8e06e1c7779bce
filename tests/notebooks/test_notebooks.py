"""The notebooks: each is a pair without outputs, runs, and reaches the conclusions it tells."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).parents[2] / "notebooks"

CONCLUSIONS = {
    "missing-workspace-values": [
        "Without the key every device of the three older systems fails, and no other.",
        "The price comes in weeks: a repair one day after the weekly evaluation costs a week more.",
        "A repair before the first evaluation is nearly free.",
        "The client setting saves the servers; Windows 8.1 needs the key all the same.",
        "The newer agent has demands of its own: look at patches and antivirus first.",
    ],
    "validate-and-migrate": [
        "By the book nothing is taken back, and the validation collection gets there first.",
        "Without the exclusion the policy takes the new payload back, though the script succeeded.",
        "Restarts set the pace: ordering them halves the time, waiting for them may stall it.",
        "After the clean-up the policy alone gives newcomers the new payload.",
    ],
}
"""The sentences that each notebook prints once it has checked them."""

LONGEST_PLACE = 80
"""The name of a socket has room for about a hundred signs."""

every_notebook = pytest.mark.parametrize("name", CONCLUSIONS)


def _stored(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def _cells(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_every_notebook_is_executed_and_has_both_halves():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(CONCLUSIONS)
    assert {path.stem for path in FOLDER.glob("*.py")} == set(CONCLUSIONS)


@every_notebook
def test_both_halves_of_a_pair_say_the_same(name):
    script = jupytext.read(FOLDER / f"{name}.py")

    assert _cells(script) == _cells(_stored(name))
    assert script.metadata.jupytext.formats == "ipynb,py:percent"
    assert script.metadata.kernelspec == _stored(name).metadata.kernelspec
    assert script.metadata.kernelspec.name == "python3"


@every_notebook
def test_no_output_is_stored(name):
    code = [cell for cell in _stored(name).cells if cell.cell_type == "code"]

    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []


@pytest.fixture
def kernel_place(monkeypatch):
    """Return where kernels keep their sockets, with nobody's own settings; a short path."""
    with TemporaryDirectory(prefix="k") as place:
        for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
            monkeypatch.setenv(variable, f"{place}/{variable[-8:]}")
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", place)
        yield place


def _connection(place):
    """Return how to talk to a kernel: others can take ports, but sockets need short names."""
    has_sockets = sys.platform != "win32" and len(place) <= LONGEST_PLACE
    return {"transport": "ipc", "ip": f"{place}/kernel"} if has_sockets else {}


@every_notebook
def test_a_notebook_runs_and_its_conclusions_hold(name, kernel_place):
    """In the notebook's folder, as Jupyter does."""
    notebook = _stored(name)
    client = NotebookClient(
        notebook,
        timeout=240,
        resources={"metadata": {"path": str(FOLDER)}},
        config=Config(KernelManager=_connection(kernel_place)),
    )
    asyncio.run(client.async_execute())

    said = "".join(output.text for output in notebook.cells[-1].outputs)
    assert said.splitlines() == CONCLUSIONS[name]
