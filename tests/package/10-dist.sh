#!/bin/sh
# 10-dist.sh - the archive of make dist builds by itself, and passes its tests
set -u
cd "$(dirname "$0")/../.." || exit 1
git rev-parse HEAD >/dev/null 2>&1 || { echo "skipped: no git here"; exit 77; }
see=$(realpath -m build/venv/lib/python3*/site-packages/openvino)
see=${OPENVINO:-$see}
[ -d "$see" ] || { echo "skipped: no OpenVINO; run make packages"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-dist-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

make dist >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
version=$(sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
tar -C "$work" -xzf "build/chorus-$version.tar.gz" || exit 1
(cd "$work/chorus-$version" && find . -type f -o -type l | sort) >"$work/has"
git ls-tree -r --name-only HEAD | sed 's,^,./,' | sort >"$work/should"
diff "$work/should" "$work/has" || { echo "failed: other files"; exit 1; }

# Nothing of the tree around it, or of its own history, is there.
cd "$work/chorus-$version" || exit 1
make -j"$(nproc)" WERROR=1 OPENVINO="$see" all unit >"$work/log" 2>&1 || {
    tail -n 40 "$work/log"
    echo "failed: the archive does not build, or fails its tests"
    exit 1
}
tail -n 1 "$work/log"
make OPENVINO="$see" WERROR=1 install DESTDIR="$work/root" PREFIX=/usr \
    >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }
said=$("$work/root/usr/bin/chorus" --version) || exit 1
case $said in
*"$version"*) ;;
*) echo "failed: what was installed says $said"; exit 1 ;;
esac
