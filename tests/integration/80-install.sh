#!/bin/sh
# 80-install.sh - what is installed works without the tree, and goes again
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
[ "$BIN" = build/release ] || { echo "skipped: not the release"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-install-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 12 "$work/log" | sed 's/^/    | /'
    bad=1
}

# Built with other flags, all would be compiled again.
! grep -q -e -Werror "$BIN/flags" || export WERROR=1
make -pnq 2>/dev/null | grep -qx '.DEFAULT_GOAL := all' ||
    fail "make alone does not make all"
make install DESTDIR="$work" PREFIX=/usr >"$work/log" 2>&1 || {
    fail "make install: exit $?"
    exit 1
}
to=$work/usr
echo "programs run, with the libraries beside them"
"$to/bin/chorus" --version >"$work/log" 2>&1 || fail "chorus: exit $?"
{
    "$to/bin/chorus" shard --format tsv --train tests/fixture/none.tsv \
        --images . --out "$work/none"
} >"$work/log" 2>&1 && fail "a file that is not there is read"
"$BIN/scenes" --out "$work/scenes" --count 12 --seed 5 >"$work/log" 2>&1 &&
    (
        cd "$work" && PATH=$to/bin:$PATH && export PATH &&
            chorus shard --format tsv --train scenes/train.tsv \
                --val scenes/val.tsv --images scenes/images --out shards &&
            LD_DEBUG=files LD_DEBUG_OUTPUT=loaded chorus encode shards \
                --encoder "$OLDPWD/tests/fixture/tiny.json" &&
            chorus train shards --run run --embed 8 --hidden 8 --epochs 1
    ) >"$work/log" 2>&1 || fail "no model"
cat "$work"/loaded.* | grep -qF "/lib/chorus/openvino/libopenvino_c.so" ||
    fail "OpenVINO is not the one installed"
"$to/bin/chorus-run" --help >"$work/log" 2>&1 ||
    fail "chorus-run does not find its files"

echo "jobs, module and recipe know where they are"
grep -qx 'BIN=/usr/bin' "$to/share/chorus/cluster/site.conf" ||
    fail "site.conf names other programs"
grep -qx 'set prefix /usr' "$to"/share/modulefiles/chorus/* ||
    fail "the module file names another place"
version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
grep -qF "version(\"$version\")" packaging/spack/packages/chorus/package.py ||
    fail "Spack is told of another version"

modules=${MODULESHOME:-/usr/share/modules}/init/sh
if [ -r "$modules" ]; then
    echo "what the module loads is found, and goes with it"
    mkdir -p "$work/modules/chorus"
    sed "s,^set prefix .*,set prefix $to," \
        "$to/share/modulefiles/chorus/$version" \
        >"$work/modules/chorus/$version"
    (
        # shellcheck disable=SC1090 # the system's
        . "$modules" && module use "$work/modules" && module load chorus &&
            [ "$(command -v chorus)" = "$to/bin/chorus" ] &&
            [ "$CHORUS_HOME" = "$to/share/chorus" ] &&
            pkg-config --exists chorus && man -w chorus-train &&
            module unload chorus && [ -z "${CHORUS_HOME:-}" ] &&
            [ "$(command -v chorus)" != "$to/bin/chorus" ]
    ) >"$work/log" 2>&1 || fail "the module file"
else
    echo "left out: no environment modules"
fi

echo "nothing is left"
make uninstall DESTDIR="$work" PREFIX=/usr >"$work/log" 2>&1 ||
    fail "make uninstall: exit $?"
[ -z "$(find "$to" ! -type d)" ] || fail "left: $(find "$to" ! -type d)"
exit $bad
