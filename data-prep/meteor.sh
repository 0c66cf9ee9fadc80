#!/bin/sh
# meteor.sh - the tables of METEOR 1.5, made ready for chorus score
#
#     data-prep/meteor.sh [OUT]
#
# Downloads the PyPI package pycocoevalcap 1.2 (104 MB), which holds METEOR as
# coco-caption runs it, takes the tables out, checks them, and writes
# OUT/meteor-en.bin (63 MB).  The download is removed again.
#
# The tables are not part of Chorus: METEOR's, paraphrases included, are under
# the LGPL, those from WordNet under its licence, kept in OUT/COPYING.WORDNET.
#
# BIN     folder of the programs                (build/release)
# WHEEL   pycocoevalcap-1.2-py3-none-any.whl, when it is there already
# PYTHON  which has pip                         (that of build/venv, or python3)
set -eu
case ${1:-} in
-*)
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2 ;;
esac
cd "$(dirname "$0")/.."
. data-prep/steps.sh

out=${1:-build/meteor}
if [ -n "${PYTHON:-}" ]; then
    python=$PYTHON
elif [ -x build/venv/bin/python ]; then
    python=build/venv/bin/python
else
    python=python3
fi
wheel_sha=083ed7910f1aec000b0a237ef6665f74edf19954204d0b1cbdb8399ed132228d

if [ -e "$out/meteor-en.bin" ]; then
    echo "$out/meteor-en.bin is there already" >&2
    exit 0
fi
need "$BIN/meteor-make" "a program that make builds"
mkdir -p "$out"
work=$out/fetch.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work"

# check SHA256 FILE
check() {
    found=$(sha256sum "$2" | cut -d' ' -f1)
    if [ "$found" != "$1" ]; then
        echo "meteor.sh: $2: expected the SHA-256 $1, found $found" >&2
        exit 1
    fi
}

# take ARCHIVE MEMBER...: into $work, without folders.  Wheels and jars are
# zip archives.
take() {
    "$python" -c '
import os, shutil, sys, zipfile
archive = zipfile.ZipFile(sys.argv[2])
for name in sys.argv[3:]:
    path = os.path.join(sys.argv[1], os.path.basename(name))
    with archive.open(name) as member, open(path, "wb") as file:
        shutil.copyfileobj(member, file)' "$work" "$@"
}

step "pycocoevalcap 1.2 from PyPI, 104 MB"
if [ -z "${WHEEL:-}" ]; then
    run "$python" -m pip download -q --disable-pip-version-check --no-deps \
        --only-binary :all: --dest "$work" pycocoevalcap==1.2
    WHEEL=$work/pycocoevalcap-1.2-py3-none-any.whl
fi
need "$WHEEL" "the wheel of pycocoevalcap 1.2"
check $wheel_sha "$WHEEL"

step "its tables into $out/meteor-en.bin"
take "$WHEEL" pycocoevalcap/meteor/meteor-1.5.jar \
    pycocoevalcap/meteor/data/paraphrase-en.gz
take "$work/meteor-1.5.jar" synonym/english.synsets \
    synonym/english.exceptions synonym/COPYING.WORDNET function/english.words \
    nonbreaking/english.prefixes
while read -r sha name; do
    check "$sha" "$work/$name"
done <<'EOL'
c147ac7d2c91f2fbb3ad31e4b352235061eb83145e0434daf217ee9ca5975f48 paraphrase-en.gz
20b7cf6ae1cba2395d714d8c2ec2992e88c6d1c75c7c30aa480c6a2a9bb8fef9 english.synsets
5feb8fcb5b349d035df1a448149c2ccc860bf32e4b9eea8c8e4f113e90a5a962 english.exceptions
2ae0d5b8c29e2993a0f442b065b946d1a17fbfe8538e66bf5931c4a248cf4c3a english.words
bd909f364224748976f9b8b7cdeb4f9be3bf7c8e66a10f1ed268b12d904ab876 english.prefixes
a9c2429bcded547ce3a9d19250df850ad65ec13ad7c320a662d84fb12419e130 COPYING.WORDNET
EOL
cp "$work/COPYING.WORDNET" "$out/COPYING.WORDNET"
# Unpacked, the paraphrases are 272 MB: they go through a pipe.
gzip -dc "$work/paraphrase-en.gz" | "$BIN/meteor-make" \
    "$work/english.synsets" "$work/english.exceptions" "$work/english.words" \
    "$work/english.prefixes" "$out/meteor-en.bin"
