# shellcheck shell=sh
# browser.sh - what a test in a browser needs; read by tests, not run
#
# Sets chromium; without it, or without Python, the test is skipped.
# shellcheck disable=SC2034 # read by those tests
chromium=$(command -v chromium || command -v chromium-browser ||
    command -v google-chrome) || {
    echo "skipped: no Chromium"
    exit 77
}
command -v python3 >/dev/null || {
    echo "skipped: no python3"
    exit 77
}
