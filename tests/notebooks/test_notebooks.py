"""The notebooks: each is a pair of files without outputs, runs, and prints its conclusions."""

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
        "Without the key every device with one of the three older systems fails, and no other.",
        "The loss grows in steps of a week: one day after the evaluation costs another week.",
        "A repair before the first evaluation costs almost nothing.",
        "The client setting fixes the servers; Windows 8.1 still needs the key.",
        "The newer agent has its own requirements: check patches and antivirus first.",
    ],
    "validate-and-migrate": [
        "By the procedure no device loses the new payload; the validation devices get it first.",
        "Without the exclusion the policy brings back the old payload after the script succeeded.",
        "Restarts decide: order them and it takes half the time; wait and it may never end.",
        "After the clean-up new computers get the new payload from the policy alone.",
    ],
}
"""The sentences that each notebook prints once it has checked them."""

MAX_FOLDER = 80
"""The name of a socket can have about a hundred characters."""

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
def kernel_folder(monkeypatch):
    """Return the folder of the kernel's sockets: a short path, without the user's own settings."""
    with TemporaryDirectory(prefix="k") as folder:
        for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
            monkeypatch.setenv(variable, f"{folder}/{variable[-8:]}")
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", folder)
        yield folder


def _connection(folder):
    """Return how to connect to a kernel: ports can be taken, but sockets need short names."""
    has_sockets = sys.platform != "win32" and len(folder) <= MAX_FOLDER
    return {"transport": "ipc", "ip": f"{folder}/kernel"} if has_sockets else {}


@every_notebook
def test_a_notebook_runs_and_its_conclusions_hold(name, kernel_folder):
    """In the notebook's folder, as Jupyter does."""
    notebook = _stored(name)
    client = NotebookClient(
        notebook,
        timeout=240,
        resources={"metadata": {"path": str(FOLDER)}},
        config=Config(KernelManager=_connection(kernel_folder)),
    )
    asyncio.run(client.async_execute())

    printed = "".join(output.text for output in notebook.cells[-1].outputs)
    assert printed.splitlines() == CONCLUSIONS[name]
