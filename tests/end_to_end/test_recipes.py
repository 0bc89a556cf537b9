"""The recipes: what cannot be carried out here has at least the right form, version and packages."""

import ast
import re
import shutil
import subprocess
import sys
import types
from unittest import mock

from end_to_end.program import CUAL, ROOT, Skipped, folder

TIMELESS = True
RECIPES = ROOT / "recipes"
EASYBUILD = next((RECIPES / "easybuild").glob("*.eb"))
SPACK = RECIPES / "spack/packages/cual/package.py"
# What other collections call what a Debian package is for; "": it comes with something else, or is none of theirs.
SPACK_NAMES = {"gcc": "c", "pkg-config": "pkgconfig", "libopenmpi-dev": "mpi", "openmpi-bin": "", "libhwloc-dev": "hwloc",
               "libhdf5-dev": "hdf5", "libyaml-dev": "libyaml", "liburing-dev": "liburing", "libxxhash-dev": "xxhash",
               "libjansson-dev": "jansson",
               "python3": "python"}
EASYBUILD_NAMES = {"gcc": "", "pkg-config": "pkgconf", "libopenmpi-dev": "", "openmpi-bin": "", "libhwloc-dev": "hwloc",
                   "libhdf5-dev": "HDF5", "libyaml-dev": "libyaml", "liburing-dev": "", "libxxhash-dev": "xxHash",
                   "libjansson-dev": "Jansson",
                   "python3": "Python", "python3-scipy": "SciPy-bundle", "python3-jinja2": "Python-bundle-PyPI",
                   "python3-xxhash": "python-xxhash"}


def read(name: str) -> str:
    """A file of the recipes."""
    return (RECIPES / name).read_text(encoding="utf-8")


def made(variable: str) -> str:
    """What a variable of the Makefile is."""
    done = subprocess.run(["make", "-s", "-C", ROOT, "-f", "Makefile", "-f", "-", "shown"], text=True, check=True,
                          capture_output=True, input=f"shown: ; @echo '$({variable})'\n")
    return done.stdout.strip()


def needed() -> list[str]:
    """The Debian packages to build and run."""
    return made("NEEDED").split()


def fields(paragraph: str) -> dict[str, str]:
    """The fields of a paragraph of Debian's control files."""
    return {name: value.strip() for name, value in
            re.findall(r"^([\w-]+):((?:.*\n)(?:[ \t].*\n)*)", paragraph + "\n", re.MULTILINE)}


def packages(value: str) -> set[str]:
    """The packages that a field names, without versions and architectures."""
    return {part.split()[0] for part in value.split(",") if part.strip() and "$" not in part}


def test_versions() -> None:
    """every recipe is of the version that the Makefile has"""
    version = re.escape(made("VERSION"))
    for name, pattern in (("debian/changelog", rf"\Acual \({version}\) "), ("modulefile", rf"^set version {version}$"),
                          ("modulefile", rf"copied to cual/{version} "), (SPACK, rf'^    version\("{version}"\)$'),
                          (EASYBUILD, rf"^version = '{version}'$"), (EASYBUILD, r"^name = 'cual'$")):
        assert re.search(pattern, read(name), re.MULTILINE), (name, pattern)
    assert EASYBUILD.name.startswith(f"cual-{made('VERSION')}-"), EASYBUILD
    page = (ROOT / "docs/installing.md").read_text(encoding="utf-8")
    assert set(re.findall(r"cual[-@/](\d[\d.]+\d)", page)) == {made("VERSION")}


def test_packages() -> None:
    """every recipe takes the packages that the Makefile lists"""
    source, binary = map(fields, read("debian/control").split("\n\n"))
    assert packages(source["Build-Depends"]) == {*needed(), "debhelper-compat", "dh-python"} - {"gcc"}
    python = set(made("ANALYSIS").split()) - {"python3"}
    assert packages(binary["Recommends"]) == python and packages(binary["Depends"]) == {"openmpi-bin"}
    spack = set(re.findall(r'depends_on\("([\w-]+)', SPACK.read_text(encoding="utf-8")))
    wanted = {SPACK_NAMES.get(name, name.replace("python3-", "py-")) for name in needed()} - {""}
    assert spack == wanted | {"gmake"}, spack ^ wanted
    easybuild = assigned(EASYBUILD.read_text(encoding="utf-8"))
    found = {name for name, _ in easybuild["builddependencies"] + easybuild["dependencies"]}
    wanted = {EASYBUILD_NAMES.get(name, name.removeprefix("python3-")) for name in needed()} - {""}
    assert found == wanted, found ^ wanted
    for name in ("Dockerfile", "apptainer.def"):  # these ask the Makefile
        assert "make -C /src packages\n" in read(name).replace(" \\", ""), name


def assigned(text: str) -> dict:
    """The constants that a Python file assigns at its top."""
    found = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                found[statement.targets[0].id] = None  # put together of others
    return found


def test_easybuild() -> None:
    """the easyconfig is Python with all fields that EasyBuild requires"""
    found = assigned(EASYBUILD.read_text(encoding="utf-8"))
    assert found.keys() >= {"name", "version", "homepage", "description", "toolchain", "easyblock", "sources",
                            "sanity_check_paths", "moduleclass"}, found.keys()
    toolchain = found["toolchain"]
    assert EASYBUILD.name == f"cual-{found['version']}-{toolchain['name']}-{toolchain['version']}.eb"
    installed = installed_files()
    assert installed >= set(found["sanity_check_paths"]["files"]), installed


def installed_files() -> set[str]:
    """What make install puts below PREFIX."""
    return {re.sub("/+", "/", name) for name in made("FILES").split()}


def test_spack() -> None:
    """the package for Spack is Python, and hands on variables that the Makefile has"""
    tree = ast.parse(SPACK.read_text(encoding="utf-8"))
    package = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    assert package.name == "Cual" and [base.id for base in package.bases] == ["MakefilePackage"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for variable in {*re.findall(r'"([A-Z_]+)=', ast.unparse(tree).replace("f'", '"').replace("'", '"')),
                     *re.findall(r"\b([A-Z_]+)=", EASYBUILD.read_text(encoding="utf-8"))}:
        assert re.search(rf"^{variable} *\??=", makefile, re.MULTILINE), variable
    assert "namespace: cual\n" in read("spack/repo.yaml")


def test_reframe() -> None:
    """the check for ReFrame is a test whose patterns fit what cual prints"""
    tests = []
    core = types.ModuleType("reframe")
    core.simple_test, core.RunOnlyRegressionTest = tests.append, type("RunOnlyRegressionTest", (), {})
    sanity = types.ModuleType("reframe.utility.sanity")
    sanity.all, sanity.assert_eq, sanity.defer = all, lambda a, b: a == b, lambda value: value
    sanity.assert_found = lambda pattern, text: re.search(pattern, text, re.MULTILINE)
    sanity.extractall = lambda pattern, text, group, kind: [
        kind(match[group]) for match in re.finditer(pattern, text, re.MULTILINE)]
    utility = types.ModuleType("reframe.utility")
    utility.sanity = sanity
    names = {"sanity_function": lambda function: function, "performance_function": lambda unit: lambda function: function}
    with mock.patch.dict(sys.modules, {"reframe": core, "reframe.utility": utility, "reframe.utility.sanity": sanity}):
        exec(compile(read("reframe_check.py"), "reframe_check.py", "exec"), names)
    (check,) = tests
    assert check.executable == "cual" and check.executable_opts[:2] == ["run", "quick"]
    page = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    done = check()
    assert done.postrun_cmds[-1].endswith("--why"), "the table is not printed"
    done.stdout, done.job = page[page.index("## Reading the table"):], types.SimpleNamespace(exitcode=0)
    assert done.has_verdicts() and done.flops_by_threads() == 1.98, done.flops_by_threads()
    done.stdout = re.sub(r"^ +2 .*\n", "", done.stdout, flags=re.MULTILINE)
    assert done.flops_by_threads() == 0
    done.job.exitcode = 1
    assert not done.has_verdicts()


def test_modulefile() -> None:
    """the modulefile runs, and leads to folders of an installation"""
    if not (tclsh := shutil.which("tclsh")):
        raise Skipped("tclsh is not installed")
    words = ("module-whatis", "conflict", "prepend-path")
    script = "".join(f"proc {word} args {{ puts \"{word} $args\" }}\n" for word in words)
    done = subprocess.run([tclsh, "-"], input=script + read("modulefile"), capture_output=True, text=True, check=True)
    assert read("modulefile").startswith("#%Module1.0\n") and not done.stderr, done
    prefix = f"/opt/cual/{made('VERSION')}"
    folders = dict(re.findall(rf"^prepend-path (\w+) {prefix}/(\S+)$", done.stdout, re.MULTILINE))
    assert folders.keys() == {"PATH", "MANPATH", "PYTHONPATH"}, done.stdout
    for place in folders.values():
        assert any(name.startswith(f"{place}/") for name in installed_files()), place


def test_containers() -> None:
    """Dockerfile and definition have the instructions that they need, and what they run is right for a shell"""
    text = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE))
    lines = [line.split(None, 1) for line in text.splitlines() if line]
    assert [word for word, _ in lines] == ["FROM", "COPY", "RUN", "WORKDIR", "ENTRYPOINT", "CMD"], lines
    sections = dict(re.findall(r"^%(\w+)\n((?:(?!%).*\n)*)", read("apptainer.def"), re.MULTILINE))
    assert sections.keys() == {"files", "post", "test", "runscript", "help"}, sections.keys()
    assert re.search(r"^Bootstrap: docker\nFrom: (\S+)\n", read("apptainer.def"), re.M)[1] == dict(lines)["FROM"]
    runs = [re.findall(r"make -C /src [^&\n]*[^&\s]", script) for script in (dict(lines)["RUN"], sections["post"])]
    assert runs[0] == runs[1] and len(runs[0]) == 2, runs
    for script in (dict(lines)["RUN"], *(sections[name] for name in ("post", "test", "runscript"))):
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
    targets = {word for script in (dict(lines)["RUN"], sections["post"])
               for command in re.findall(r"make -C /src (.*)", script.replace("&&", "\n")) for word in command.split()}
    for target in {word for word in targets if word.isalpha()}:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), target


def test_debian_form() -> None:
    """the Debian package has its files, in the form that dpkg reads"""
    assert read("debian/source/format") == "3.0 (native)\n"
    source, binary = map(fields, read("debian/control").split("\n\n"))
    assert source.keys() >= {"Source", "Maintainer", "Section", "Priority", "Standards-Version", "Build-Depends"}
    assert binary.keys() >= {"Package", "Architecture", "Depends", "Description"}
    entry = r"\A\w+ \(\S+\) \w+; urgency=\w+\n\n(  .*\n|\n)+ -- .* <.*@.*>  \w{3}, \d\d \w{3} \d{4} [\d:]{8} [+-]\d{4}\n"
    assert re.match(entry, read("debian/changelog"))
    assert fields(read("debian/tests/control").split("\n\n")[0])["Tests"] == "installed"
    for name in ("rules", "tests/installed"):
        assert (RECIPES / "debian" / name).stat().st_mode & 0o111, f"{name} cannot be carried out"
    subprocess.run(["sh", "-n", RECIPES / "debian/tests/installed"], check=True)
    target, link = read("debian/links").split()
    assert any(name.startswith(f"{target.removeprefix('usr/')}/") for name in installed_files()) and link.endswith("/cual")
    for name in re.findall(r"debian/cual/usr/(\S+)", read("debian/rules")):
        known = {*installed_files(), "share/cual/installed", "share/zsh/vendor-completions"}
        assert any(file == name or file.startswith(f"{name}/") for file in known), name
