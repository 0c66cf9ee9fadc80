# libstemmer, which Spack does not know, as Chorus needs it: one archive of code
try:
    from spack_repo.builtin.build_systems.makefile import MakefilePackage
except ImportError:        # before Spack 1.0
    pass
from spack.package import *


class Libstemmer(MakefilePackage):
    """Stems of words in many languages, by the algorithms of Snowball."""

    homepage = "https://snowballstem.org"
    url = "https://snowballstem.org/dist/libstemmer_c-2.2.0.tar.gz"

    license("BSD-3-Clause")

    version("2.2.0", sha256="b941d9fe9cf36b4e2f8d3873cd4d8b8775bd94867a1df8d8c001bb8b688377c3")

    depends_on("c", type="build")

    # The compiler's name and flags are the Makefile's own unless they are given.
    @property
    def build_targets(self):
        return ["libstemmer.a", "CC=" + spack_cc, "CFLAGS=-O2 -fPIC -Iinclude"]

    def install(self, spec, prefix):
        mkdirp(prefix.lib, prefix.include)
        install("libstemmer.a", prefix.lib)
        install("include/libstemmer.h", prefix.include)
