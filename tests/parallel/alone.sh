#!/bin/sh
# alone.sh - without mpirun a program is one rank, and does not start MPI
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
bad=0

if env | grep -qE '^(OMPI_COMM_WORLD_SIZE|PMIX?_|SLURM_STEP)'; then
    echo "skipped: this is a rank of a job itself"
    exit 77
fi

echo "what ranks say to each other is said to nobody"
"$BIN/tests/parallel/np_comm" || bad=1

# An MPI that cannot start is not missed by who does not start it.
OMPI_MCA_pml=none-of-these UCX_TLS=none-of-these
export OMPI_MCA_pml UCX_TLS
for program in chorus-train chorus-encode chorus-caption; do
    "$BIN/$program" --version >/dev/null || {
        echo "$program starts MPI without mpirun"
        bad=1
    }
    SLURM_STEP_NUM_TASKS=1 "$BIN/$program" --version >/dev/null || {
        echo "$program starts MPI in a step of one task"
        bad=1
    }
    if "${MPIRUN:-mpirun}" -n 1 "$BIN/$program" --version >/dev/null 2>&1; then
        echo "$program does not start MPI under mpirun"
        bad=1
    fi
    if SLURM_STEP_NUM_TASKS=2 "$BIN/$program" --version >/dev/null 2>&1; then
        echo "$program takes itself for alone beside another task"
        bad=1
    fi
done
exit $bad
