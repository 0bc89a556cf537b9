"""cual for Spack; docs/installing.md says how it is used."""

from spack.package import *


class Cual(MakefilePackage):
    """Measures on this machine whether threads, processes, async or a mix of them is best, and says
    which to use, by how much, and what limits it."""

    version("0.9.0")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hwloc@2:")
    depends_on("hdf5@1.10: ~mpi +hl")
    depends_on("libyaml")
    depends_on("liburing")
    depends_on("jansson")
    depends_on("xxhash")
    with default_args(type=("build", "run")):  # for report, compare and export
        depends_on("python@3.11:")
        depends_on("py-h5py")
        depends_on("py-xarray")
        depends_on("py-h5netcdf")
        depends_on("py-scipy")
        depends_on("py-matplotlib")
        depends_on("py-jinja2")
        depends_on("py-xxhash")

    @property
    def build_targets(self):
        """Python finds packages of Spack by PYTHONPATH."""
        return [f"CC={self.spec['mpi'].mpicc}", f"PYTHON={self.spec['python'].command.path}",
                "PYTHON_OPTION=-s"]

    @property
    def install_targets(self):
        return ["install", *self.build_targets, f"PREFIX={self.prefix}"]

    def check(self):
        """`make check` tests times and installs Debian packages: not here."""

    def setup_run_environment(self, env):
        env.prepend_path("PYTHONPATH", self.prefix.share.cual.python)
