#!/bin/sh
# 57-serve.sh - captions over HTTP: those of chorus caption, also in batches;
# what is refused; limits, a full queue, slow clients, a stop
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-serve-XXXXXX") || exit 1
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

# serve [OPTION...]: starts the server on a free port; sets base and api.
serve() {
    : >"$work/log"
    "$BIN/chorus-serve" "$model" --port 0 "$@" >"$work/base" 2>"$work/log" &
    server=$!
    tries=0
    until grep -q listening "$work/log"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { fail "no server: $(cat "$work/log")"; exit 1; }
        sleep 0.1
    done
    base=$(cat "$work/base")
    api=$base/v1/caption
}

# stop: it ends with 0.
stop() {
    kill -TERM $server
    wait $server
    [ $? = 0 ] || fail "a stop is no clean end: $(cat "$work/log")"
    server=
}

# expect CODE WORDS [CURL'S OPTIONS] URL
expect() {
    code=$1 words=$2
    shift 2
    found=$(curl -s -o "$work/body" -D "$work/head" -w '%{http_code}' "$@")
    [ "$found" = "$code" ] || fail "$found, expected $code: $*"
    grep -qF -e "$words" "$work/body" ||
        fail "expected \"$words\", found: $(cat "$work/body"): $*"
}

# ask FILE QUERY: a photo's captions
ask() {
    curl -s --data-binary "@$1" -H 'Content-Type: image/jpeg' "$api?$2"
}

{
    photos_draw --grid && photos_train seen &&
        "$BIN/chorus-train" "$work/drawn" --run "$work/looking" --embed 16 \
            --hidden 16 --attention 8 --epochs 1 --decoder sat
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "no model of photos"
    exit 1
}
model=$work/seen/best.safetensors
find "$work/scenes/images" -name '*.jpg' | sort | head -n 10 >"$work/list"
for name in progressive.jpg way6.jpg cmyk.jpg colour.png alpha.webp; do
    echo "$PWD/tests/fixture/pictures/$name"
done >>"$work/list"
photo=$(head -n 1 "$work/list")

refuse 2 'expected one model, found 0' "$BIN/chorus-serve"
refuse 2 'expected one model, found 2' "$BIN/chorus-serve" a b
refuse 1 'no-such-model' "$BIN/chorus-serve" no-such-model
refuse 2 '--host: expected an address' "$BIN/chorus-serve" "$model" \
    --host nowhere
refuse 1 'cannot find the encoder' "$BIN/chorus-serve" "$model" \
    --encoder "$work/none.json"

# ------------------------------------------- the same as chorus caption says
# compare MODEL: photos one by one, then all at once with beams of their own.
compare() {
    model=$1
    serve --wait 20
    for beam in 1 2 3 5; do
        # Of a beam of 1 there is one caption, which has no list there.
        "$BIN/chorus-caption" --model "$model" --list "$work/list" --json \
            --beam $beam --n-best $beam 2>"$work/stderr" |
            sed 's/^{"image":"[^"]*","image_id":[-0-9]*,/{/' \
                >"$work/want-$beam"
        [ "$(wc -l <"$work/want-$beam")" = 15 ] || fail "not 15 captions"
    done
    i=0 asking=
    while read -r file; do
        i=$((i + 1))
        ask "$file" 'beam=3&n=3' >>"$work/alone"
        for beam in 1 2 3 5; do
            ask "$file" "beam=$beam&n=$beam" >"$work/got-$beam-$i" &
            asking="$asking $!"
        done
    done <"$work/list"
    # The server, too, is a child of this shell: not all are waited for.
    # shellcheck disable=SC2086 # numbers
    wait $asking
    cmp "$work/alone" "$work/want-3" || fail "alone: other captions"
    for beam in 1 2 3 5; do
        i=0
        while [ $i -lt 15 ]; do
            i=$((i + 1))
            cat "$work/got-$beam-$i"
        done >"$work/got"
        [ $beam != 1 ] || sed -i 's/,"captions":.*/}/' "$work/got"
        cmp "$work/got" "$work/want-$beam" ||
            fail "with others, beam $beam: other captions"
    done
    curl -s "$base/metrics" >"$work/metrics"
    awk '/^chorus_batch_photos_sum/ { sum = $2 }
        /^chorus_batch_photos_count/ { n = $2 }
        END { exit !(sum == 75 && n < 75) }' "$work/metrics" ||
        fail "nothing was batched: $(grep batch_photos_ "$work/metrics")"
    stop
    rm -f "$work/alone"
}

compare "$work/looking/best.safetensors"
compare "$work/seen/best.safetensors"

# --------------------------------------------------------- the other requests
serve
# Two servers of one port would take turns, with whatever models they have.
refuse 1 "cannot listen on 127.0.0.1, port ${base##*:}: Address already in use" \
    timeout 60 "$BIN/chorus-serve" "$model" --port "${base##*:}"
"$BIN/chorus-caption" --model "$model" "$photo" --sentence >"$work/text"
said=$(cut -f2 "$work/text")
for form in "photo=@$photo" "file=@$photo;type=image/jpeg"; do
    expect 200 "{\"caption\":\"$said\"," -F sentence=1 -F "$form" -F beam=3 \
        "$api"
done
expect 200 "{\"caption\":\"$said\"," -F "photo=@$photo" "$api?sentence=true"
expect 200 '<h1>Hear' "$base/"
grep -q "^Content-Security-Policy: default-src 'none'; img-src 'self'" \
    "$work/head" || fail "no policy"
! grep -iq unsafe "$work/head" || fail "the policy lets scripts in"
! grep -qE '(src|href)="(https?:)?//' src/serve/page/* ||
    fail "the page asks other servers"
expect 200 'color-scheme' "$base/style.css"
expect 200 "'use strict'" "$base/script.js"
expect 200 '<svg' "$base/icon.svg"
expect 200 '"openapi": "3.1.0"' "$base/openapi.json"
cmp "$work/body" src/serve/page/openapi.json || fail "another openapi.json"
expect 200 '"status":"ok"' "$base/healthz"
expect 200 '' -I "$base/healthz"

jpeg='Content-Type: image/jpeg'
expect 404 '{"error":"Nothing is here' "$base/v1/captions"
expect 404 'Nothing' --path-as-is "$base/../etc/passwd"
expect 405 'Expected POST.' "$api"
expect 405 'Expected GET.' -d x "$base/healthz"
expect 405 'Expected GET.' -X DELETE "$base/"
expect 415 'Expected a photo as image/jpeg' --data-binary "@$photo" "$api"
expect 415 'of another type' -F "photo=@$photo;type=text/html" "$api"
expect 400 'holds no photo' -X POST -H "$jpeg" "$api"
expect 400 'Beam: expected a number from 1 to 10.' --data-binary "@$photo" \
    -H "$jpeg" "$api?beam=11"
expect 400 'does not find 3' --data-binary "@$photo" -H "$jpeg" \
    "$api?beam=2&n=3"
expect 400 'unknown option' --data-binary "@$photo" -H "$jpeg" "$api?x=1"
expect 400 'no boundary' --data-binary "@$photo" \
    -H 'Content-Type: multipart/form-data' "$api"
head -c 2000 "$photo" >"$work/cut.jpg"
expect 422 '{"error":"The photo: damaged JPEG' --data-binary \
    "@$work/cut.jpg" -H "$jpeg" "$api"
expect 422 'not a JPEG, PNG or WebP (starts with 23 21' --data-binary "@$0" \
    -H "$jpeg" "$api"
! grep -qE 'skip-bad|/' "$work/body" || fail "an error of programs: $(
    cat "$work/body")"
head -c 30000000 /dev/zero >"$work/huge"
expect 413 'more than 20971520 bytes' -H Expect: --data-binary "@$work/huge" \
    -H "$jpeg" "$api"
expect 413 'more than 20971520 bytes' -H Expect: -H "$jpeg" \
    -H 'Transfer-Encoding: chunked' --data-binary "@$work/huge" "$api"
expect 200 'chorus_requests_total{path="/v1/caption",code="413"} 2' \
    "$base/metrics"
for line in 'chorus_requests_total{path="/v1/caption",code="200"} 3' \
    'chorus_requests_total{path="/v1/caption",code="422"} 2' \
    'chorus_requests_total{path="other",code="404"} 2' \
    'chorus_caption_seconds_count 3' 'chorus_queue_limit 64' \
    'chorus_queue_photos 0'; do
    grep -qxF "$line" "$work/body" || fail "no $line: $(cat "$work/body")"
done

# A page of strangers that gave this machine its own name gets nothing.
expect 403 'localhost or 127.0.0.1' -H 'Host: evil.example' "$base/"
expect 403 'localhost or 127.0.0.1' -H 'Host: evil.example' --data-binary \
    "@$photo" -H "$jpeg" "$api"
expect 200 '"ok"' -H 'Host: localhost:81' "$base/healthz"
expect 403 'other sites' -H 'Sec-Fetch-Site: cross-site' -H 'Expect:' \
    --data-binary "@$photo" -H "$jpeg" "$api"
expect 200 '"caption"' -H 'Sec-Fetch-Site: same-origin' --data-binary \
    "@$photo" -H "$jpeg" "$api"
expect 200 '<html' -H 'Sec-Fetch-Site: cross-site' "$base/"

# A stop answers what was asked before; who comes then finds nobody.
curl -s --limit-rate 40k --data-binary "@$photo" -H "$jpeg" -H Expect: \
    "$api" >"$work/late" &
late=$!
sleep 0.3
kill -TERM $server
tries=0
while curl -s -o "$work/body" "$base/healthz" && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
[ $tries -lt 50 ] || fail "a stopped server lets others in"
wait $late || fail "a request in flight was dropped"
grep -q '^{"caption"' "$work/late" || fail "in flight: $(cat "$work/late")"
wait $server
[ $? = 0 ] || fail "a stop is no clean end"
server=

# ----------------------------------------------------------- limits, and load
serve --threads 1 --queue 1 --timeout 1 --max-pixels 10000 --max-bytes 1000000
expect 413 'expected at most 10000 pixels' --data-binary "@$photo" -H "$jpeg" \
    "$api"
expect 200 '{"caption"' --data-binary \
    @tests/fixture/pictures/colour.png -H 'Content-Type: image/png' "$api"
tries=0
: >"$work/codes"
while ! grep -q 503 "$work/codes" && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    i=0
    while [ $i -lt 20 ]; do
        i=$((i + 1))
        printf 'next\nurl = "%s"\ndata-binary = "@%s"\nheader = "%s"\n' \
            "$api" "$work/cut.jpg" "$jpeg"
        printf 'output = "%s"\n' "$work/answer-$i"
        # shellcheck disable=SC1003 # curl reads \n
        printf 'write-out = "%%{http_code} %%header{retry-after}\\n"\n'
    done | sed 1d >"$work/many"
    curl -s -Z --parallel-immediate --parallel-max 20 -K "$work/many" \
        >"$work/codes" 2>/dev/null
done
grep -q '^503 1$' "$work/codes" || fail "a full queue: $(cat "$work/codes")"
! grep -vE '^(503 1|413 )$' "$work/codes" | grep . || fail "other codes"
grep -qs 'The server is busy' "$work"/answer-* || fail "nobody is told why"

# Who sends a byte now and then is cut off; others are served meanwhile.
begun=$(date +%s)
curl -s --limit-rate 1k --data-binary "@$photo" -H "$jpeg" -H Expect: "$api" \
    >"$work/slow" 2>&1 &
slow=$!
{
    printf 'GET / HTTP/1.1\r\n'
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        sleep 0.25
        printf 'X-%s: y\r\n' $i
    done
} 2>/dev/null | timeout 20 curl -s --max-time 15 \
    "telnet://${base#http://}" >"$work/head" 2>&1 &
drip=$!
expect 200 '"ok"' "$base/healthz"
wait $slow
[ ! -s "$work/slow" ] || fail "a slow request: $(cat "$work/slow")"
wait $drip
[ $? != 28 ] && [ $(($(date +%s) - begun)) -lt 12 ] ||
    fail "slow clients are not cut off"
expect 200 '"ok"' "$base/healthz"
kill -INT $server
wait $server
[ $? = 0 ] || fail "an interrupt is no clean end"
server=
exit $bad
