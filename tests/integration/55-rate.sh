#!/bin/sh
# 55-rate.sh - a whole study by HTTP, and what its server must refuse
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-rate-XXXXXX") || exit 1
server=
trap '[ -z "$server" ] || kill -9 $server 2>/dev/null; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF -e "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
}

# serve STUDY: starts the server on a free port; sets base.
serve() {
    # What the server before said of its port is not what this one says.
    : >"$work/links"
    : >"$work/log"
    "$BIN/chorus-rate" serve "$@" --port 0 >"$work/links" 2>"$work/log" &
    server=$!
    tries=0
    until grep -q listening "$work/log"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { fail "no server: $(cat "$work/log")"; exit 1; }
        sleep 0.1
    done
    base=$(sed -n 's/.*listening on \(http[^;]*\);.*/\1/p' "$work/log")
}

# status [CURL'S OPTIONS] URL: the code alone; the page goes to $work/page.
status() {
    curl -s -o "$work/page" -w '%{http_code}' "$@"
}

# expect CODE [CURL'S OPTIONS] URL
expect() {
    code=$1
    shift
    found=$(status "$@")
    [ "$found" = "$code" ] || fail "$found, expected $code: $*"
}

link() {
    awk -F'\t' -v n="$1" '$1 == n { print $4 }' "$work/links"
}


"$BIN/scenes" --out "$work/scenes" --count 20 --seed 3 >/dev/null 2>&1 ||
    fail "no scenes"
mkdir "$work/photos"
n=0
for photo in $(find "$work/scenes/images" -name '*.jpg' | sort | head -n 6); do
    n=$((n + 1))
    cp "$photo" "$work/photos/$n.jpg"
    printf '%s.jpg\tthing%s <script>alert(1)</script> "&\n' $n $n \
        >>"$work/one.tsv"
    printf '%s.jpg\ta plain caption number %s\n' $n $n >>"$work/two.tsv"
    printf '%s.jpg\tpeople wrote words%s\n%s.jpg\tand more words%s here\n' \
        $n $n $n $n >>"$work/refs.tsv"
done

# ------------------------------------------------------------- new studies
"$BIN/chorus-rate" new "$work/study" --captions "$work/one.tsv" \
    second="$work/two.tsv" --images "$work/photos" --references \
    "$work/refs.tsv" --human --raters 3 --title 'A <b>study</b>' \
    --checks 0.1 --repeats 0.1 >"$work/links" 2>"$work/log" ||
    fail "new: $(cat "$work/log")"
grep -q '3 systems, 6 photos, 18 captions; 3 raters, 63 tasks' "$work/log" ||
    fail "new: $(cat "$work/log")"
[ "$(cut -f4 "$work/links" | sort -u | wc -l)" = 3 ] || fail "not three links"
cp "$work/links" "$work/new-links"
refuse 1 'expected a new or empty folder' "$BIN/chorus-rate" new \
    "$work/study" --captions "$work/one.tsv" --images "$work/photos"
refuse 2 'missing --images' "$BIN/chorus-rate" new "$work/other" \
    --captions "$work/one.tsv"
refuse 2 'expected the folder of a study' "$BIN/chorus-rate" serve "$work"
refuse 2 'expected new, add, links, serve, report or import, found rate' \
    "$BIN/chorus-rate" rate
refuse 2 'serve: expected one study' "$BIN/chorus-rate" serve a b
refuse 2 "--host: expected an address such as 127.0.0.1" \
    "$BIN/chorus-rate" serve "$work/study" --host nowhere
refuse 2 'no photo below' "$BIN/chorus-rate" new "$work/other" \
    --captions "$work/one.tsv" --images "$work/scenes"
[ ! -e "$work/other" ] || fail "half a study was left"

# ------------------------------------------------ what the server must refuse
serve "$work/study"
[ "$(cut -f1-3 "$work/links")" = "$(cut -f1-3 "$work/new-links")" ] ||
    fail "serve prints other links"
one=$(link rater-1)
two=$(link rater-2)
token=${one##*/r/}
expect 200 "$base/"
expect 200 "$one"
expect 404 "$base/r/aaaaaaaaaaaaaaaaaaaaaaaaaa"
expect 404 "$base/r/short"
expect 404 "$base/study.sqlite"
for path in /../../etc/passwd "/r/$token/photo/../../../../etc/passwd" \
    "/r/$token/photo/..%2f..%2fetc%2fpasswd" "/r/$token/photo/1.jpg" \
    "/r/$token/photo/0" "/r/$token/photo/999" "/r/$token/../" \
    "/r/$token/%2e%2e/photo/1"; do
    expect 404 --path-as-is "$base$path"
    ! grep -q root: "$work/page" || fail "$path leads out"
done
expect 200 "$one/photo/1"
cmp -s "$work/page" "$work/photos/1.jpg" || fail "another photo came"
expect 405 "$one/done"
expect 405 -X DELETE "$one"
expect 405 -d x=1 "$base/"
expect 400 -d 'task=%00' "$one/done"
expect 400 -H 'Content-Type: text/plain' -d 'task=1' "$one/done"
head -c 100000 /dev/zero | tr '\0' x >"$work/huge"
expect 413 -H Expect: --data-binary @"$work/huge" "$one/done"
expect 413 -H Expect: -H 'Transfer-Encoding: chunked' --data-binary \
    @"$work/huge" "$one/done"
# A name that became a link to something else is no picture.
mv "$work/photos/2.jpg" "$work/kept.jpg"
ln -s /etc/passwd "$work/photos/2.jpg"
expect 404 "$one/photo/2"
mv "$work/kept.jpg" "$work/photos/2.jpg"
curl -si "$one" >"$work/head"
for words in "Content-Security-Policy: default-src 'none'" \
    'X-Content-Type-Options: nosniff' 'Referrer-Policy: no-referrer' \
    'Cache-Control: no-store' 'X-Frame-Options: DENY'; do
    grep -q "^$words" "$work/head" || fail "no header $words"
done

# A page of strangers that gave this machine its own name reads nothing.
expect 403 -H 'Host: evil.example' "$one"
! grep -qi '<form' "$work/page" || fail "a stranger reads the page"
expect 403 -H 'Host: evil.example' -X POST "$one/start"
expect 403 -H 'Host: localhost.evil.example' -H Expect: \
    --data-binary @"$work/huge" "$one/done"
expect 200 -H 'Host: localhost:81' "$one"
expect 200 -H 'Host: [::1]:81' "$one"

# -------------------------------------------------------------- a rater's way
expect 200 "$one"
grep -q 'class="next">Start' "$work/page" || fail "no start"
! grep -q '<b>study' "$work/page" || fail "the title is not escaped"
expect 303 -X POST "$one/start"

# task LINK: the number of the task that its page shows, or nothing.
task() {
    curl -s "$1" >"$work/page"
    sed -n 's/.*name="task" value="\([0-9]*\)".*/\1/p' "$work/page"
}

first=$(task "$one")
[ -n "$first" ] || fail "no task: $(cat "$work/page")"
expect 422 -d "task=$first&q0=4" "$one/done"
grep -q 'role="alert"' "$work/page" || fail "a missing answer is not told"
grep -q 'name="q0" value="4" required checked' "$work/page" ||
    fail "an answer was lost"
expect 204 -d "task=$first&question=1&value=5" "$one/mark"
expect 409 -d "task=$first&question=1&value=6" "$one/mark"
expect 409 -d "task=$first&question=9&value=5" "$one/mark"
expect 409 -d "task=999999&question=1&value=5" "$one/mark"
# Another rater neither marks nor finishes nor sees it.
expect 303 -X POST "$two/start"
expect 409 -d "task=$first&question=1&value=1" "$two/mark"
expect 303 -d "task=$first&q0=1&q1=1&q2=1" "$two/done"
curl -s "$one" | grep -q 'name="q1" value="5" required checked' ||
    fail "a rater changed another's answer"
expect 303 -d "task=$first&q0=4&q1=5&q2=3" "$one/done"
second=$(task "$one")
[ "$second" != "$first" ] || fail "the task did not end"
expect 303 -d "task=$second" "$one/skip"
expect 303 -X POST "$one/undo"
[ "$(task "$one")" = "$second" ] || fail "undo did not lead back"
expect 303 -X POST "$one/undo"
[ "$(task "$one")" = "$first" ] || fail "undo did not lead back twice"
grep -q 'name="q2" value="3" required checked' "$work/page" ||
    fail "undo lost a mark"

# Killed in the middle, also of a task: every answer that was told kept is there.
expect 204 -d "task=$first&question=2&value=2" "$one/mark"
kill -9 $server
wait $server 2>/dev/null
serve "$work/study"
one=$(link rater-1) two=$(link rater-2) three=$(link rater-3)
[ "$(task "$one")" = "$first" ] || fail "after kill -9: another task"
grep -q 'name="q2" value="2" required checked' "$work/page" ||
    fail "after kill -9: a mark is lost"

# finish LINK RELEVANCE STEPS: to the end, or for so many steps (0: all); the
# hostile captions get this relevance.  Several may run at once.
finish() (
    page=$work/page-${1##*/}
    steps=0
    while curl -s "$1" >"$page" &&
        t=$(sed -n 's/.*name="task" value="\([0-9]*\)".*/\1/p' "$page") &&
        [ -n "$t" ] && [ $steps -lt 60 ]; do
        ! grep -q '<script>alert' "$page" || fail "a caption is not escaped"
        relevance=4
        ! grep -q 'thing[0-9]' "$page" || relevance=$2
        code=$(curl -s -o /dev/null -w '%{http_code}' \
            -d "task=$t&q0=5&q1=$relevance&q2=3" "$1/done")
        [ "$code" = 303 ] || [ "$code" = 429 ] || fail "done: $code"
        [ "$code" != 429 ] || sleep 1
        steps=$((steps + 1))
        [ $steps != "$3" ] || exit $bad
    done
    grep -q 'Thank you' "$page" || fail "no end: $(cat "$page")"
    exit $bad
)

# Two at once, and the server killed while they work.
finish "$one" 1 10 &
finish_one=$!
finish "$two" 2 12 || bad=1
wait $finish_one || bad=1
before=$("$BIN/chorus-rate" links "$work/study" | cut -f1,2)
kill -9 $server
wait $server 2>/dev/null
[ "$("$BIN/chorus-rate" links "$work/study" | cut -f1,2)" = "$before" ] ||
    fail "kill -9 lost answers"
serve "$work/study" --url https://rate.example/study
grep -q 'https://rate.example/study/r/' "$work/links" || fail "another --url"
expect 200 -H 'Host: rate.example' "$base/"
expect 403 -H 'Host: evil.example' "$base/"
sed -i "s|https://rate.example/study|$base|" "$work/links"
one=$(link rater-1) two=$(link rater-2) three=$(link rater-3)
curl -s -o "$work/page" -X POST "$three/start"
for who in "$one" "$two" "$three"; do
    finish "$who" 1 0 || bad=1
done
[ "$("$BIN/chorus-rate" links "$work/study" |
    awk -F'\t' '{ n += $2 == $3 && $2 == 21 } END { print n }')" = 3 ] ||
    fail "not all is done: $("$BIN/chorus-rate" links "$work/study")"

# Too many requests of one rater, which do not hold up both others.
curl -s -o /dev/null -w '%{http_code} %header{retry-after}\n' \
    "$one?[1-400]" | sort -u >"$work/codes"
printf '200 \n429 5\n' | cmp -s - "$work/codes" ||
    fail "no limit of requests: $(cat "$work/codes")"
[ "$(status "$two")" = 200 ] || [ "$(status "$three")" = 200 ] ||
    fail "the limit of one holds for others"
tries=0
until [ "$(status "$one")" = 200 ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { fail "who waits is not let in again"; break; }
    sleep 0.1
done

# Too many guesses of links.
guess=aaaaaaaaaaaaaaaaaaaaaaaaaa
codes=$(curl -s -o /dev/null -w '%{http_code}\n' "$base/r/$guess?[1-60]" |
    sort | uniq -c)
echo "$codes" | grep -q 429 || fail "no limit of guesses: $codes"

kill -TERM $server
wait $server
[ $? = 0 ] || fail "a stop is no clean end"
server=

# ------------------------------------------------------------------- report
report="$BIN/chorus-rate report $work/study"
$report --csv "$work/csv" --html "$work/page.html" >"$work/text" 2>"$work/log" ||
    fail "report: $(cat "$work/log")"
$report --json >"$work/json" 2>/dev/null || fail "report --json"
grep -q '^ratings *54$' "$work/text" || fail "not 54 ratings: $(cat "$work/text")"
grep -qE '^one +fluency +6 +18 +5\.000' "$work/text" || fail "mean of fluency"
grep -qE '^one +relevance +6 +18 +1\.' "$work/text" || fail "mean of relevance"
grep -qE '^second +relevance +6 +18 +4\.000' "$work/text" ||
    fail "mean of the other"
grep -qE '^rater-3 +21 ' "$work/text" || fail "a rater is missing"
grep -q '^ROUGE-L' "$work/text" || fail "no metrics"
[ "$(wc -l <"$work/csv")" = 190 ] || fail "expected 189 rows: $(wc -l <"$work/csv")"
! grep -q '<b>study' "$work/page.html" || fail "the page is not escaped"

# What was exported is what an import makes of it.
"$BIN/chorus-rate" new "$work/again" --captions "$work/one.tsv" \
    second="$work/two.tsv" --images "$work/photos" --references \
    "$work/refs.tsv" --human --raters 1 >/dev/null 2>&1 || fail "new again"
sed 's/^rater-/person-/' "$work/csv" >"$work/import"
"$BIN/chorus-rate" import "$work/again" "$work/import" 2>"$work/log" ||
    fail "import: $(cat "$work/log")"
for study in study again; do
    "$BIN/chorus-rate" report "$work/$study" 2>/dev/null |
        sed '/^rater /,/^$/d; /^raters/d' >"$work/$study.txt"
done
cmp "$work/study.txt" "$work/again.txt" || fail "an import changes results"
cut -d, -f1-6 "$work/import" >"$work/less"
refuse 1 'does not name a column "value"' "$BIN/chorus-rate" import \
    "$work/again" "$work/less"
refuse 2 'import: expected a study and a file' "$BIN/chorus-rate" import \
    "$work/again"
refuse 1 'none/page' $report --html "$work/none/page"
# New raters take no name that came with ratings of elsewhere.
"$BIN/chorus-rate" new "$work/named" --captions "$work/one.tsv" \
    second="$work/two.tsv" --images "$work/photos" --references \
    "$work/refs.tsv" --human --raters 1 >/dev/null 2>&1 || fail "new named"
grep -E '^(rater|rater-3),' "$work/csv" >"$work/import"
"$BIN/chorus-rate" import "$work/named" "$work/import" 2>"$work/log" ||
    fail "import: $(cat "$work/log")"
"$BIN/chorus-rate" add "$work/named" --raters 2 >/dev/null 2>"$work/log" ||
    fail "add: $(cat "$work/log")"
"$BIN/chorus-rate" links "$work/named" | grep -q '^rater-5' ||
    fail "no rater after those of the import"

# -------------------------------------------------------------------- pairs
"$BIN/chorus-rate" new "$work/pairs" --captions "$work/one.tsv" \
    second="$work/two.tsv" --images "$work/photos" --pairs --raters 1 \
    --checks 0 --repeats 0 >/dev/null 2>&1 || fail "new --pairs"
serve "$work/pairs"
one=$(link rater-1)
expect 303 -X POST "$one/start"
steps=0
while t=$(task "$one") && [ -n "$t" ] && [ $steps -lt 9 ]; do
    steps=$((steps + 1))
    # The plain caption wins, whichever side it is on.
    first=$(grep -n 'plain caption' "$work/page" | cut -d: -f1)
    other=$(grep -n 'alert(1)' "$work/page" | cut -d: -f1)
    value=3
    [ "$first" -gt "$other" ] || value=1
    expect 303 -d "task=$t&q0=$value" "$one/done"
done
kill -TERM $server
wait $server
server=
"$BIN/chorus-rate" report "$work/pairs" 2>/dev/null |
    grep -qE '^better +0 +0 +6 ' || fail "six losses were expected"
"$BIN/chorus-rate" report "$work/pairs" --html "$work/page.html" \
    >/dev/null 2>&1
grep -q '<p>6 ratings of 6 photos by 1 rater\.</p>' "$work/page.html" ||
    fail "one rater: $(grep ratings "$work/page.html")"

# Only what it needs is linked.
for library in libmpi openblas openvino; do
    ! ldd "$BIN/chorus-rate" | grep -q "$library" ||
        fail "chorus-rate is linked with $library"
done
exit $bad
