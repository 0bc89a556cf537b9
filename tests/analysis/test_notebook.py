"""The example notebook runs from its first cell to its last, and shows what it gave."""

import os
import pathlib
import re
import subprocess
import sys
from unittest import mock

import numpy

from end_to_end.program import BUILD, ROOT, Skipped, folder
from tests.analysis import made


def check_outputs(notebook: object) -> str:
    """A notebook that was carried out shows three pictures and no complaint; returns its texts."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)]
    shown = [output for cell in code for output in cell.outputs]
    assert not [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == 3 and all(cell.outputs for cell in code), len(pictures)
    return "".join(str(output.get("text", output.get("data", {}).get("text/html", ""))) for output in shown)


def test_stored():
    """analysis/example.ipynb has its outputs, of a real run, in less than 300 kB, and begins with what
    surprises: async in one thread beside threads on all cores"""
    try:
        import nbformat
    except ImportError as missing:
        raise Skipped(f"{missing.name} is not installed") from missing
    path = ROOT / "analysis/example.ipynb"
    assert path.stat().st_size < 300_000
    texts = check_outputs(nbformat.read(path, as_version=4))
    faster = re.match(r"async +1×1×\d+@1 .*, +([\d.]+) times .*\nthreads +1×\d+×1@\d+ .*, +([\d.]+) times", texts)
    assert faster and float(faster[1]) > 2 * float(faster[2]), texts
    assert "claim 1 " in texts and str(ROOT) not in texts and "/tmp" not in texts


def test_example():
    """analysis/example.ipynb runs without an error, and shows what surprises, a plot, a curve, and the claims"""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as missing:
        raise Skipped(f"{missing.name} is not installed") from missing
    notebook = nbformat.read(ROOT / "analysis/example.ipynb", as_version=4)
    nbformat.validate(notebook)
    with folder() as private:
        path = made.run_file(private / "run.h5", cores=(1, 2, 4), threads=(1, 2, 4), depth=(1, 8),
                             workloads=[{"name": "mixed", "compute_time": 1e-4, "wait_time": 9e-4},
                                        {"name": "wait", "wait": "timer", "wait_time": 1e-3}])
        places = {"CUAL_RUN": str(path), "PYTHONPATH": str(BUILD / "python"),
                  "HOME": str(private), "IPYTHONDIR": str(private),
                  "JUPYTER_RUNTIME_DIR": str(private), "MPLCONFIGDIR": _fonts(),
                  "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        with mock.patch.dict(os.environ, places):
            client = NotebookClient(notebook, timeout=60, kernel_name="python3",
                                    resources={"metadata": {"path": str(ROOT / "analysis")}})
            client.execute()
    texts = check_outputs(notebook)
    assert re.match(r"async +1×1×8@1 .*, +(?:7.9|8.[01]) times as fast as serial\nthreads +1×4×1@4 .*, +4", texts), texts
    assert "mixed, 4 cores: Use " in texts, texts
    assert all(claim["reason"] in texts for claim in made.CLAIMS), texts


def test_lines_of_the_page():
    """the lines of docs/runfile.md that open, select and plot draw a line with a mark at each point that
    the workload has, whatever points others have"""
    page = (ROOT / "docs/runfile.md").read_text(encoding="utf-8")
    workloads = [{"name": "wait", "wait": "timer", "wait_time": 1e-3}, {"name": "other", "compute_time": 1e-3}]
    status = numpy.full((2, 2, 1, 2, 3), 2)
    status[0, ..., ::2] = status[1, ..., 1] = 1  # depth 1 and 256; 16
    look = ("import matplotlib.pyplot as plt, numpy\nfor line in plt.gca().get_lines():\n    x, y = line.get_data()\n"
            "    print(line.get_marker(), x[numpy.isfinite(y)])\n")
    places = {"MPLBACKEND": "agg", "PYTHONPATH": str(BUILD / "python"), "MPLCONFIGDIR": _fonts()}
    with folder() as private:
        (private / "results").mkdir()
        made.run_file(private / "results/quick.h5", depth=(1, 16, 256), workloads=workloads, status=status)
        drawn = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "plot" in code]
        for code in drawn:
            done = subprocess.run([sys.executable, "-W", "error", "-c", code + look], cwd=private,
                                  capture_output=True, text=True, check=False, env=os.environ | places)
            lines = done.stdout.splitlines()
            assert done.returncode == 0 and lines[-2:] == ["o [  1 256]"] * 2, (code, done)
        assert len(drawn) == 2


def _fonts() -> str:
    """Where matplotlib has its list of fonts already."""
    import matplotlib
    return str(pathlib.Path(matplotlib.get_cachedir()))
