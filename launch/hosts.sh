# shellcheck shell=sh
# hosts.sh - which host was lost, and which are left; read by chorus-run, not run
#
# $work/hosts lists those that are left, one a line: "HOST slots=N".

# addresses NAME: those that a name or an address has, one a line.
addresses() {
    getent ahosts "$1" 2>/dev/null | awk '!seen[$1]++ { print $1 }'
}

# listed NAME: how the list calls a host.  One may call itself node7 that is
# node7.cluster there, or the other way round, or an address.
listed() {
    awk -v name="$1" '
        function short(host) {
            if (host !~ /^[0-9.]+$|:/)
                sub(/\..*/, "", host)
            return host
        }
        $1 == name { same = $1 }
        short($1) == short(name) { alike++; like = $1 }
        END { print same != "" ? same : alike == 1 ? like : "" }' "$work/hosts" |
        grep . && return
    addresses "$1" >"$work/addresses"
    cut -d' ' -f1 "$work/hosts" | while read -r host; do
        ! addresses "$host" | grep -qxFf "$work/addresses" || echo "$host"
    done | awk '{ host = $0 } END { if (NR == 1) print host }'
}

# drop_host NAME: true if it was one of several.
drop_host() {
    host=$(listed "$1")
    awk -v name="$host" '$1 != name' "$work/hosts" >"$work/left"
    [ -s "$work/left" ] && ! cmp -s "$work/left" "$work/hosts" &&
        mv "$work/left" "$work/hosts"
}

# cut_off PID: the address of a host that takes nothing of what PID sends it, as
# the kernel sees it: sent six times in vain (12 s, where answers are fast), or
# asked four times (15 s) for a connection.
cut_off() {
    for file in /proc/"$1"/fd/*; do
        readlink "$file"
    done 2>/dev/null | sed -n 's/^socket:\[\(.*\)\]$/\1/p' >"$work/sockets"
    awk '
        function byte(at) {
            return 16 * (index("0123456789ABCDEF", substr($3, at, 1)) - 1) + \
                   index("0123456789ABCDEF", substr($3, at + 1, 1)) - 1
        }
        FILENAME == ARGV[1] { mine[$1]; next }
        !($10 in mine) || $6 !~ /^01:/ { next }
        $7 "" < ($4 == "02" ? "00000004" : "00000006") { next }
        # Words of 32 bits, each with its last byte first.
        $3 ~ /^........:/ {
            print byte(7) "." byte(5) "." byte(3) "." byte(1) }
        $3 !~ /^........:/ {
            for (at = 1; at < 32; at += 8)
                printf "%s%x:%x", (at > 1 ? ":" : ""), \
                    256 * byte(at + 6) + byte(at + 4), \
                    256 * byte(at + 2) + byte(at)
            print "" }' "$work/sockets" /proc/"$1"/net/tcp /proc/"$1"/net/tcp6 |
        head -n 1
} 2>/dev/null
