#!/bin/sh
# doors.sh - each outside library is included in one file, its door; products go
# through theirs
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

# door HEADER FILE: only FILE may say #include <HEADER...>, and it does.
door()
{
    found=$(grep -rlE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$1" \
        src include data-prep --include='*.[ch]' 2>/dev/null)
    for file in $found; do
        [ "$file" = "$2" ] || {
            echo "$file: includes <$1>; only $2 may" | tr -d '\\'
            failed=1
        }
    done
    case " $(echo "$found" | tr '\n' ' ') " in
    *" $2 "*) ;;
    *)
        echo "$2: expected to include <$1>, whose door it is" |
            tr -d '\\'
        failed=1
        ;;
    esac
}

door 'mpi\.h' src/train/comm_mpi.h
door 'lmdb\.h' src/data/store.c
door 'turbojpeg\.h' src/data/jpeg.c
door 'spng\.h' src/data/png.c
door 'webp/decode\.h' src/data/webp.c
door 'cblas\.h' src/kernel/gemm_openblas.c
door 'dnnl\.h' src/kernel/gemm_dnnl.c
door 'pthread\.h' src/base/pool.c
door 'jansson\.h' src/base/json.c
door 'xxhash\.h' src/base/hash.c
door 'utf8proc\.h' src/base/text.c
door 'openvino/c' src/data/openvino.h
door 'libstemmer\.h' src/score/meteor_stem.c
door 'microhttpd\.h' src/base/http.c
door 'sqlite3\.h' src/base/sql.c
door 'libxml/' src/use/xmp.c

# Those that compute with a decoder's weights say at which precision: all
# products of theirs go through kernel/product.h.
products=$(grep -rnE 'ch_gemm_(nn|nt|tn)|panel_product|ch_panel_pack_' \
    src/net src/caption src/serve --include='*.[ch]')
[ -z "$products" ] || {
    echo "$products" |
        sed 's/$/: expected ch_product_*, which knows the precision/'
    failed=1
}

# Anything else in <> that no standard knows is a library without a door.
known='mpi|lmdb|turbojpeg|spng|webp/decode|cblas|dnnl|pthread|jansson|xxhash|utf8proc|openvino/c'
known="$known|libstemmer|microhttpd|sqlite3|libxml/"
system='arpa/inet|assert|complex|ctype|dirent|dlfcn|errno|execinfo|fcntl|fenv|float'
system="$system|fnmatch|ftw|ifaddrs|inttypes|limits|locale|malloc|math|net/if"
system="$system|netinet/in|poll|sched|setjmp|signal|spawn|stdalign"
system="$system|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string"
system="$system|strings|termios|threads|time|unistd|wchar|sys/[a-z]+|cpuid|immintrin"
system="$system|sanitizer/[a-z_]+|linux/[a-z_]+|arpa/inet|netinet/in"
others=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' \
    src include data-prep --include='*.[ch]' |
    grep -vE "<($system)\.h>|<($known)")
[ -z "$others" ] || {
    echo "$others" | sed 's/$/: a library without a door/'
    failed=1
}
exit $failed
