"""The example notebook runs from its first cell to its last."""

import os
import pathlib
import re
import subprocess
import sys
from unittest import mock

from end_to_end.program import BUILD, ROOT, Skipped, folder
from tests.analysis import made


def test_example():
    """analysis/example.ipynb runs without an error, and shows a plot, a curve, and the claims"""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as missing:
        raise Skipped(f"{missing.name} is not installed") from missing
    notebook = nbformat.read(ROOT / "analysis/example.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not kept"
    with folder() as private:
        path = made.run_file(private / "run.h5", cores=(1, 2, 4), threads=(1, 2, 4), depth=(1, 8),
                             workloads=[{"name": "mixed", "compute_time": 1e-4, "wait_time": 9e-4}])
        places = {"CUAL_RUN": str(path), "PYTHONPATH": str(BUILD / "python"),
                  "HOME": str(private), "IPYTHONDIR": str(private),
                  "JUPYTER_RUNTIME_DIR": str(private), "MPLCONFIGDIR": _fonts(),
                  "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        with mock.patch.dict(os.environ, places):
            client = NotebookClient(notebook, timeout=60, kernel_name="python3",
                                    resources={"metadata": {"path": str(ROOT / "analysis")}})
            client.execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    complaints = [output["text"] for output in shown if output.get("name") == "stderr"]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    texts = "".join(str(output.get("text", output.get("data"))) for output in shown)
    assert len(pictures) == 2 and not complaints, (len(pictures), complaints)
    assert "mixed, 4 cores: Use " in texts, texts
    assert all(claim["reason"] in texts for claim in made.CLAIMS), texts


def test_lines_of_the_page():
    """the lines of docs/runfile.md that open, select and plot do so"""
    page = (ROOT / "docs/runfile.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    with folder() as private:
        (private / "results").mkdir()
        made.run_file(private / "results/quick.h5", depth=(1, 256),
                      workloads=[{"name": "wait", "wait": "timer", "wait_time": 1e-3}])
        drawn = f"{code}import matplotlib.pyplot as plt\nprint(len(plt.gca().get_lines()))\n"
        done = subprocess.run([sys.executable, "-c", drawn], cwd=private, capture_output=True,
                              text=True, check=False, env=os.environ | {"MPLBACKEND": "agg"})
    assert (done.returncode, done.stdout) == (0, "2\n"), done


def _fonts() -> str:
    """Where matplotlib has its list of fonts already."""
    import matplotlib
    return str(pathlib.Path(matplotlib.get_cachedir()))
