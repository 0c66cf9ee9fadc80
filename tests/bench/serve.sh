#!/bin/sh
# serve.sh - requests for captions per second: chorus serve, Flask with PyTorch
#
#     TORCH=VENV tests/bench/serve.sh MODEL ENCODER.json PHOTOS [SECONDS [ROUNDS]]
#
# wrk posts the JPEGs of a folder over the loopback, on 1, 8 and 32 connections,
# for SECONDS (default 15) each, to each server in turn, ROUNDS times (default 3).
# With TORCH, a virtual environment with flask, gunicorn, onnxruntime, torch and
# pillow, flask_serve.py beside this file is the other server: the same network
# and weights, a process for each core; MODEL is a NIC-GRU with the image first
# then.  Prints, for each, the medians of requests per second and of the
# latencies that half and 99 of 100 requests do not exceed; and how many of the
# first 50 captions are the same.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
model=$1
encoder=$2
photos=$(cd "$3" && pwd)
seconds=${4:-15}
rounds=${5:-3}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-bench-XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$work"' EXIT

ls "$photos"/*.jpg | head -n 200 >"$work/photos"
cat >"$work/post.lua" <<EOL
local photo, n = {}, 0
for path in io.lines("$work/photos") do
    local file = io.open(path, "rb")
    photo[#photo + 1] = file:read("*a")
    file:close()
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "image/jpeg"
function request()
    n = n + 1
    return wrk.format(nil, nil, nil, photo[n % #photo + 1])
end
EOL

"$BIN/chorus-serve" "$model" --encoder "$encoder" --port 0 -qq >"$work/chorus" &
pids=$!
until [ -s "$work/chorus" ]; do sleep 0.2; done
servers=chorus
if [ -n "${TORCH:-}" ]; then
    port=8765
    OMP_NUM_THREADS=1 "$TORCH/bin/gunicorn" -w "$(nproc)" -b 127.0.0.1:$port \
        --log-level error --chdir tests/bench \
        "flask_serve:create('$(realpath "$model")', '$(realpath "$encoder")')" &
    pids="$pids $!"
    echo http://127.0.0.1:$port >"$work/flask"
    until curl -s "http://127.0.0.1:$port/" >/dev/null; do sleep 0.5; done
    servers="chorus flask"
fi

# The caption of a photo by a server, without the rest.
say() {
    curl -s --data-binary "@$2" -H 'Content-Type: image/jpeg' \
        "$(cat "$work/$1")/v1/caption" |
        sed 's/.*"caption":"\([^"]*\)".*/\1/'
}
for server in $servers; do
    head -n 50 "$work/photos" | while read -r photo; do
        say "$server" "$photo"
    done >"$work/$server.said"
done

for round in $(seq "$rounds"); do
    for connections in 1 8 32; do
        for server in $servers; do
            wrk -t 1 -c $connections -d "${seconds}s" --timeout 60s --latency \
                -s "$work/post.lua" "$(cat "$work/$server")/v1/caption" \
                >"$work/out"
            ! grep -E 'Non-2xx|Socket errors' "$work/out" >&2 || exit 1
            awk -v file="$work/$server-$connections" '
                function ms(t) {
                    return t * (t ~ /us$/ ? 0.001 : t ~ /ms$/ ? 1 : 1000)
                }
                $1 == "50%" { half = ms($2) }
                $1 == "99%" { most = ms($2) }
                $1 == "Requests/sec:" { rate = $2 }
                END { print rate >>(file ".rate"); print half >>(file ".half")
                      print most >>(file ".most") }' "$work/out"
        done
    done
    echo "round $round: load $(cut -d' ' -f1 /proc/loadavg)" >&2
done

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf 'server\tconnections\trequests/s\tp50 ms\tp99 ms\n'
for server in $servers; do
    for connections in 1 8 32; do
        at=$work/$server-$connections
        printf '%s\t%d\t%s\t%s\t%s\n' $server $connections \
            "$(median "$at.rate")" "$(median "$at.half")" "$(median "$at.most")"
    done
done
[ -z "${TORCH:-}" ] || echo "$(diff --suppress-common-lines -y \
    "$work/chorus.said" "$work/flask.said" | wc -l) of 50 captions differ"
