# Chorus for Spack, from the archive that make dist leaves in build/ of this tree:
# no checksum of it can be written here, so spack install wants --no-checksum.
#
# What sees is OpenVINO's wheel, which Spack does not know: pip brings it into the
# folder of the build, as launch/packages.sh does, unless OPENVINO names one.
import os

try:
    from spack_repo.builtin.build_systems.makefile import MakefilePackage
except ImportError:        # before Spack 1.0
    pass
from spack.package import *

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), *[".."] * 4))


class Chorus(MakefilePackage):
    """Image captioning, trained on every core: a frozen network sees, an LSTM
    or GRU learns to say what it saw, and any number of MPI ranks trains it
    together, with the same bits as one."""

    url = "file://" + os.path.join(TREE, "build", "chorus-0.1.0.tar.gz")

    license("MIT")

    version("0.1.0")

    depends_on("c", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("python@3.10:", type="build")
    depends_on("mpi")
    depends_on("openblas")
    depends_on("lmdb")
    depends_on("libjpeg-turbo")
    depends_on("libspng")
    depends_on("libwebp")
    depends_on("jansson")
    depends_on("xxhash")
    depends_on("utf8proc")
    depends_on("libstemmer")
    depends_on("libmicrohttpd")
    depends_on("sqlite")
    depends_on("libxml2")

    def edit(self, spec, prefix):
        if "OPENVINO" not in os.environ:
            spec["python"].command("-m", "venv", "build/venv")
            Executable("build/venv/bin/pip")("install", "openvino==2026.4.1")

    # CC is Spack's compiler, which finds the libraries by itself.
    def build(self, spec, prefix):
        make("MPICC=" + spec["mpi"].mpicc)

    def install(self, spec, prefix):
        make("MPICC=" + spec["mpi"].mpicc, "install", "PREFIX=" + prefix)

    def setup_run_environment(self, env):
        env.set("CHORUS_HOME", self.prefix.share.chorus)
