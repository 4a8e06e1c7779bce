"""What the tests of the commands share."""

import shutil

import pytest

from tests.cli.commands import InProcess, process, write


@pytest.fixture
def command(capsys, monkeypatch):
    """Return a function that runs a command in this process."""
    return InProcess(capsys, monkeypatch)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a folder with a scenario and its finished run, made once; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    write(folder)
    ended = process("run", "s.yaml", folder=folder)
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def run_folder(finished, tmp_path):
    """Return a run folder of one's own."""
    shutil.copytree(finished / "results" / "s-7", tmp_path / "results" / "s-7")
    return tmp_path / "results" / "s-7"
