# shellcheck shell=sh
# job.sh - what the jobs of this folder share; read by them, not run
#
# SLURM runs a copy of the script from elsewhere: CHORUS_HOME, or the folder it
# was submitted from, says where the tree is.

CHORUS_HOME=${CHORUS_HOME:-${SLURM_SUBMIT_DIR:-.}}
# shellcheck source=cluster/site.conf
. "${CHORUS_SITE:-$CHORUS_HOME/cluster/site.conf}"
export BIN
# shellcheck source=launch/ranks.sh
. "$CHORUS_HOME/launch/ranks.sh"

say() {
    echo "$(date +%Y-%m-%dT%H:%M:%S) job ${SLURM_JOB_ID:-none}: $*" >&2
}

# The function comes with a login; a job's sh, unless it is bash, is without it.
# Those of sites are not written for set -eu.
if [ -n "$MODULES" ]; then
    strict=$(set +o)
    set +eu
    # shellcheck disable=SC1091 # the site's
    command -v module >/dev/null ||
        . "${MODULESHOME:-/usr/share/modules}/init/sh"
    # shellcheck disable=SC2086 # several modules are meant
    module load $MODULES || {
        say "module load $MODULES failed"
        exit 1
    }
    eval "$strict"
fi

# Show a command and run it.
run() {
    say "$*"
    "$@"
}

# ranks PROGRAM...: on all tasks of the job, in the background; $job is it.
ranks() {
    export OPENBLAS_NUM_THREADS=1
    allow_root
    miss_hosts
    # shellcheck disable=SC2086 # several options are meant
    if [ -n "$SRUN_MPI" ]; then
        set -- srun --mpi="$SRUN_MPI" $MPI_OPTIONS "$@"
    else
        set -- mpirun -n "${SLURM_NTASKS:-1}" $MPI_OPTIONS "$@"
    fi
    say "$*"
    "$@" &
    job=$!
}

# The exit code of $job, however often a signal interrupts the waiting.
finish() {
    while :; do
        wait "$job"
        code=$?
        kill -0 "$job" 2>/dev/null || return "$code"
    done
}

# preflight OPTION...: chorus train --preflight on all tasks; what makes the
# processors compute alike is exported.
preflight() {
    seen=$(mktemp) || return 1
    limit=${PREFLIGHT_LIMIT:-300}
    ranks "$BIN/chorus-train" --preflight "$@" >"$seen"
    (
        sleep "$limit" &
        trap 'kill $!' TERM
        wait $! || exit
        say "no answer for $limit s: a host is lost, or cannot be reached"
        kill "$job"
    ) &
    watch=$!
    finish
    code=$?
    kill $watch 2>/dev/null
    cat "$seen"
    for setting in $(sed -n 's/^set  *//p' "$seen"); do
        say "export $setting"
        export "${setting?}"
    done
    rm -f "$seen"
    return $code
}
