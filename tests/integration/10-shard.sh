#!/bin/sh
# 10-shard.sh - chorus-shard on three forms of annotations, and each user error
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/${CONFIG:-release}}")
SHARED=${CHORUS_SHARED:-$(dirname "$PWD")/shared}
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-shard-XXXXXX") || exit 1
trap 'rm -rf "$there"' EXIT
cd "$there" || exit 1

# same STREAM FOUND EXPECTED ARGUMENT...
same()
{
    [ "$2" = "$3" ] && return
    stream=$1
    found=$2
    want=$3
    shift 3
    echo "chorus-shard $*: $stream '$found', expected '$want'"
    bad=1
}

# expect EXIT STDOUT STDERR ARGUMENT...; a failure leaves nothing behind.
expect()
{
    code=$1
    want_out=$2
    want_err=$3
    shift 3
    "$BIN/chorus-shard" "$@" >stdout 2>stderr
    rc=$?
    [ $rc = "$code" ] || {
        echo "chorus-shard $*: exit $rc, expected $code"
        bad=1
    }
    same stdout "$(cat stdout)" "$want_out" "$@"
    same stderr "$(cat stderr)" "$want_err" "$@"
    if [ "$code" != 0 ] && ls -d out out.tmp.* >left 2>/dev/null; then
        echo "chorus-shard $*: leaves $(cat left)"
        bad=1
    fi
}

# listed FILE LINE...: the file has these lines and no others.
listed()
{
    file=$1
    shift
    printf '%s\n' "$@" | cmp -s - "$file" || {
        echo "$file: expected '$*', found '$(cat "$file")'"
        bad=1
    }
}

mkdir photos
for i in 1 2 3 4 5; do
    echo "no picture is decoded here" >photos/$i.jpg
done

echo "lines of image and caption"
printf '%s\t%s\n' 1.jpg 'A child plays soccer.' 2.jpg 'A child runs!' \
    2.jpg "The child's dog" 3.jpg 'A dog' >train.tsv
printf '%s\t%s\n' 4.jpg 'A zebra runs' >val.tsv
expect 0 'split          images   captions      words
train               3          4         16
val                 1          1          4
vocabulary         12 ids, 100.00 % of the training words' '' \
    --format tsv --train train.tsv --val val.tsv --images photos --out out
listed out/vocabulary.txt '<pad>' '<start>' '<end>' a child dog plays soccer \
    runs the childs '<unk>'
if [ ! -e out/skipped.jsonl ] || [ -s out/skipped.jsonl ]; then
    echo "expected an empty out/skipped.jsonl"
    bad=1
fi
ls out >names
listed names manifest.json skipped.jsonl train-00000-of-00003.lmdb \
    train-00001-of-00003.lmdb train-00002-of-00003.lmdb \
    val-00000-of-00001.lmdb vocabulary.txt
grep -qF '"text_rule":"unicode-1"' out/manifest.json || {
    echo "the manifest does not name the rule of the words"
    bad=1
}
cp -r out before
"$BIN/chorus-shard" --format tsv --train train.tsv --images photos --out out \
    >stdout 2>stderr
rc=$?
if [ $rc != 2 ] || [ -s stdout ]; then
    echo "an output folder that is there: expected exit 2 and no result"
    bad=1
fi
listed stderr "chorus-shard: out: is there already; remove it or choose \
another folder"
diff -r before out || bad=1
rm -rf out before

echo "a small vocabulary, cut captions, one shard"
expect 0 'split          images   captions      words
train               3          4         12
vocabulary          6 ids, 41.67 % of the training words
cut                 3 captions to 2 words' '' \
    --format tsv --train train.tsv --images photos --out out --vocab 2 \
    --max-length 2 --shards 1 --min-count 2
rm -rf out

echo "Flickr"
printf '%s\t%s\n' 1.jpg#0 'A child' 1.jpg#1 'A boy' 2.jpg#0 'A dog' \
    5.jpg#0 'A bird' >token.txt
echo 1.jpg >list.train
echo 2.jpg >list.val
expect 0 'split          images   captions      words
train               1          2          6
val                 1          1          3
vocabulary          7 ids, 100.00 % of the training words
skipped             1 images, 1 captions (see out/skipped.jsonl)' '' \
    --format flickr --captions token.txt --train list.train --val list.val \
    --images photos --out out
listed out/skipped.jsonl '{"what":"5.jpg","reason":"in no list of a split"}'
rm -rf out

echo "COCO, a folder of photos for each split"
mkdir val
cp photos/4.jpg val/4.jpg
cat >train.json <<'EOL'
{"images":[{"id":1,"file_name":"1.jpg"},{"id":9,"file_name":"9.jpg"}],
 "annotations":[{"image_id":1,"id":1,"caption":"A child"},
                {"image_id":1,"id":2,"caption":"?!"},
                {"image_id":9,"id":3,"caption":"A cat"}]}
EOL
cat >val.json <<'EOL'
{"images":[{"id":4,"file_name":"4.jpg"}],
 "annotations":[{"image_id":4,"id":1,"caption":"A child"}]}
EOL
coco="--format coco --train train.json --val val.json"
# shellcheck disable=SC2086 # several words
expect 0 'split          images   captions      words
train               1          1          3
val                 1          1          3
vocabulary          6 ids, 100.00 % of the training words
skipped             1 images, 2 captions (see out/skipped.jsonl)' '' \
    $coco --train-images photos --val-images val --skip-bad --out out
listed out/skipped.jsonl \
    '{"what":"1.jpg#1","reason":"the caption has no words"}' \
    '{"what":"9.jpg","reason":"no such image"}'
grep -qF "\"folder\":\"$(realpath val)\"" out/manifest.json || {
    echo "the manifest does not name the folder of the validation photos"
    bad=1
}
rm -rf out

echo "user errors"
tsv="--format tsv --images photos --out out"
# shellcheck disable=SC2086
{
    expect 1 '' 'chorus-shard: 1.jpg#1: the caption has no words; mend it or '\
'pass --skip-bad' $coco --train-images photos --val-images val --out out
    expect 2 '' 'chorus-shard: the split "val" needs a folder of photos: '\
'--images or --val-images' $coco --train-images photos --out out
    printf '8.jpg\tA cat\n' >gone.tsv
    expect 1 '' 'chorus-shard: photos/8.jpg: no such image; mend it or pass '\
'--skip-bad' $tsv --train gone.tsv
    expect 1 '' 'chorus-shard: gone.tsv: the split "train" is empty: none of '\
'its images can be used' $tsv --train gone.tsv --skip-bad
    : >empty.tsv
    expect 1 '' 'chorus-shard: empty.tsv: no captions, expected '\
'image<TAB>caption a line' $tsv --train train.tsv --val empty.tsv
    printf '1.jpg A cat\n' >blank.tsv
    expect 1 '' 'chorus-shard: blank.tsv: line 1: expected image<TAB>caption' \
        $tsv --train blank.tsv
    expect 1 '' 'chorus-shard: val.tsv: line 1: 4.jpg is in split val '\
'already; an image belongs to one split' \
        $tsv --train train.tsv --val val.tsv --test val.tsv
    expect 1 '' 'chorus-shard: none.tsv: cannot open: No such file or '\
'directory' $tsv --train none.tsv
    expect 2 '' 'chorus-shard: the format flickr needs the file of captions '\
'(--captions)' --format flickr --train list.train --images photos --out out
    expect 2 '' 'chorus-shard: token.txt does not say which split an image '\
'belongs to; give lists of images (--train, --val, --test) or pass '\
'--split-by hash' $tsv --captions token.txt
    expect 2 '' 'chorus-shard: a training split is needed (--train)' $tsv
    expect 2 '' 'chorus-shard: photos/1.jpg: expected the folder of the '\
'photos, found a file' \
        --format tsv --train train.tsv --images photos/1.jpg --out out
    expect 1 '' 'chorus-shard: nowhere: cannot find the photos: No such file '\
'or directory' --format tsv --train train.tsv --images nowhere --out out
    expect 2 '' 'chorus-shard: expected only options, found '"'more'"'; see '\
'chorus-shard --help' \
        $tsv --train train.tsv more
}
printf '{"images":[{"id":1,"file_name":"1.jpg"}],"annot' >half.json
"$BIN/chorus-shard" --format coco --train half.json --images photos --out out \
    >stdout 2>stderr
rc=$?
if [ $rc != 1 ] || [ -s stdout ] || [ -e out ] ||
    ! grep -q '^chorus-shard: half.json: ' stderr; then
    echo "a JSON cut in half: expected exit 1, found '$(cat stderr)'"
    bad=1
fi
"$BIN/chorus-shard" --format tsv --train train.tsv --images photos --out out \
    >/dev/full 2>stderr
rc=$?
if [ $rc != 1 ] || ! grep -q 'cannot write the results on stdout' stderr; then
    echo "a full stdout: expected exit 1 and a sentence"
    bad=1
fi
rm -rf out

echo "other numbers of files, and two sets in one"
tsv="--format tsv --images photos"
# shellcheck disable=SC2086
for n in 1 3; do
    "$BIN/chorus-shard" $tsv --train train.tsv --val val.tsv --shards $n \
        --out s$n >stdout || bad=1
done
expect 0 'split          images   captions      words
train               3          4         16
val                 1          1          4
vocabulary         12 ids' '' --reshard 3 s1 --out out
diff -r out s3 || bad=1
rm -rf out
mkdir other
cp photos/5.jpg other
printf '5.jpg\tA fox\n' >other.tsv
"$BIN/chorus-shard" --format tsv --images other --train other.tsv --out o \
    >stdout || bad=1
expect 0 'split          images   captions      words
train               4          5         19
val                 1          1          4
vocabulary         13 ids, 100.00 % of the training words' '' \
    --merge mine=s1 foxes=o --out out
"$BIN/chorus-inspect" out | grep -v '^  ' >keys
listed keys "$(printf 'train\tmine/1.jpg')" "$(printf 'train\tmine/2.jpg')" \
    "$(printf 'train\tmine/3.jpg')" "$(printf 'train\tfoxes/5.jpg')" \
    "$(printf 'val\tmine/4.jpg')"
rm -rf out
expect 2 '' "chorus-shard: expected NAME=SHARDS, found 's1'" --merge s1 \
    --out out
expect 2 '' 'chorus-shard: expected one folder of shards, found 0; see '\
'chorus-shard --help' --reshard 2 --out out
expect 2 '' 'chorus-shard: expected one of --format, --reshard and --merge; '\
'see chorus-shard --help' --out out

flickr=$SHARED/data/flickr8k
if [ -e "$flickr/Flickr8k.token.txt" ]; then
    echo "Flickr8k"
    expect 0 'split          images   captions      words
train            6000      30000     354443
val               500       2500      29740
vocabulary       7375 ids, 100.00 % of the training words
cut                 9 captions to 30 words' '' \
        --format flickr --captions "$flickr/Flickr8k.token.txt" \
        --train "$flickr/Flickr_8k.trainImages.txt" \
        --val "$flickr/Flickr_8k.devImages.txt" --images "$flickr/images" \
        --out out
    rm -rf out
else
    echo "skipped: no ../shared"
fi
exit $bad
