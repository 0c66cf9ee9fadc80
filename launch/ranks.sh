# shellcheck shell=sh
# ranks.sh - what mpirun and ranks have to be told; read by scripts, not run

# mpirun refuses root unless it is told.
allow_root() {
    if [ "$(id -u)" = 0 ]; then
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
}

# So it does where a sandbox forbids reading another process's memory.
allow_here() {
    allow_root
    export OMPI_MCA_btl_vader_single_copy_mechanism=none
}

# Without keepalive mpirun never misses a host that was cut off.
miss_hosts() {
    export OMPI_MCA_oob_tcp_keepalive_time=4
    export OMPI_MCA_oob_tcp_keepalive_intvl=2
    export OMPI_MCA_oob_tcp_keepalive_probes=3
}

# How many NUMA nodes this machine has.
numa_nodes() {
    find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' 2>/dev/null |
        awk 'END { print NR ? NR : 1 }'
}

# binding_of N [WHERE]: the options that start N ranks on this machine, each on a
# core, a numa node, or none.  Where nobody says, a core if all can have one:
# hardware threads are no cores to mpirun, so it is asked.
binding_of() {
    case ${2:-} in
    none) echo "--oversubscribe --bind-to none -n $1" ;;
    numa) echo "--oversubscribe --map-by numa --bind-to numa -n $1" ;;
    core) echo "--map-by core --bind-to core -n $1" ;;
    *)
        if mpirun --bind-to core -n "$1" true >/dev/null 2>&1; then
            echo "--bind-to core -n $1"
        else
            echo "--oversubscribe --bind-to none -n $1"
        fi ;;
    esac
}

# is_begun RUN: there is a checkpoint to go on from.  Where files have one name
# only, a kill may leave no latest but a step (train/keep.c).
is_begun() {
    for checkpoint in "$1"/latest.safetensors "$1"/step-*.safetensors; do
        [ ! -e "$checkpoint" ] || return 0
    done
    return 1
}

# choose_lanes RUN OPTION...: more ranks than the 4 lanes of a usual batch need
# more lanes, as far as the batch goes.  Sets `lanes`, empty for the usual, and
# `cores` to no more than there are lanes; a run that goes on keeps its own,
# whatever the cores are then.
choose_lanes() {
    file=$1/lanes batch=64 lanes=
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        --lanes | --lanes=*) return ;;
        --batch) batch=${2:-64} ;;
        --batch=*) batch=${1#*=} ;;
        esac
        shift
    done
    if [ -e "$file" ]; then
        lanes=$(cat "$file")
    elif ! is_begun "$(dirname "$file")" && [ "$cores" -gt 4 ]; then
        lanes=8
        while [ "$lanes" -lt "$cores" ]; do
            lanes=$((2 * lanes))
        done
        [ "$lanes" -le "$batch" ] || lanes=$batch
        mkdir -p "$(dirname "$file")"
        echo "$lanes" >"$file"
    fi
    if [ "$cores" -gt "${lanes:-4}" ]; then
        cores=${lanes:-4}
    fi
}
