"""The page on the Python interface: what it shows runs as it stands."""

import re
import shutil

from tests.project.tree import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_page_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    names = {}
    for example in BLOCK.findall((ROOT / "docs" / "python.md").read_text("utf-8")):
        exec(compile(example, "docs/python.md", "exec"), names)

    assert (tmp_path / "systems.png").exists()
    assert (tmp_path / "fan.png").exists()
    assert (tmp_path / "results" / "eight" / "report.html").exists()
    assert "plan.yaml: there is no such file" in capsys.readouterr().out
