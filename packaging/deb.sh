#!/bin/sh
# deb.sh - a Debian package of what make install installs
#
#     packaging/deb.sh FOLDER VERSION MAKE
#
# The packages it depends on are those that hold the libraries its programs are
# linked with here; so it is for the Debian it was built on.
set -eu
cd "$(dirname "$0")/.."
folder=$1 version=$2 make=$3
root=$folder/root

for tool in dpkg-deb chrpath; do
    command -v $tool >/dev/null || {
        echo "deb.sh: $tool is missing: apt-get install ${tool%-deb}" >&2
        exit 1
    }
done
rm -rf "$folder"
mkdir -p "$root/DEBIAN"
"$make" install DESTDIR="$PWD/$root" PREFIX=/usr >/dev/null

# The tree they were built in is nothing to others.
programs=$(find "$root/usr/bin" -type f)
for program in $programs; do
    # shellcheck disable=SC2016 # read by the loader
    chrpath -r '$ORIGIN/../lib/chorus/openvino' "$program" >/dev/null
    strip "$program"
done
sed -i 's;\(-Wl.-rpath,\)[^ ]*;\1/usr/lib/chorus/openvino;' \
    "$root/usr/lib/pkgconfig/chorus.pc"
gzip -9n "$root"/usr/share/man/man1/*.1

# What the loader finds outside the package, by its own files' names.
# shellcheck disable=SC2086 # several programs are meant
depends=$(ldd $programs "$root"/usr/lib/chorus/openvino/*.so* |
    awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | grep -v /chorus/openvino/ |
    sort -u | while read -r library; do
    # Merged /usr: the package may know either name.
    dpkg -S "$library" 2>/dev/null || dpkg -S "/usr$library" 2>/dev/null ||
        dpkg -S "${library#/usr}" 2>/dev/null ||
        dpkg -S "$(readlink -f "$library")"
done | sed 's/:.*//' | sort -u | grep -v '^diversion' | paste -sd, |
    sed 's/,/, /g')

documents=$root/usr/share/doc/chorus
mkdir -p "$documents"
cp README.md "$documents"
gzip -9nc CHANGELOG.md >"$documents/changelog.gz"
{
    cat LICENSE
    echo
    echo "OpenVINO in /usr/lib/chorus/openvino, under its own terms:"
    echo
    cat "$root/usr/lib/chorus/openvino/LICENSE"
} >"$documents/copyright"
cat >"$root/DEBIAN/control" <<END
Package: chorus
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: The Chorus authors <chorus@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends, openmpi-bin
Section: science
Priority: optional
Description: image captioning, trained on every core
 A frozen network sees, an LSTM or GRU, with or without attention, learns to
 say what it saw, and any number of MPI ranks trains it together, with the same
 bits as one.
END
(
    cd "$root"
    find usr -type f -exec md5sum {} + >DEBIAN/md5sums
)
package=build/chorus_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
rm -rf "$folder"
echo "$package: $(du -h "$package" | cut -f1), needs $depends"
