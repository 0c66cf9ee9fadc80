# shellcheck shell=sh
# slurm.sh - a SLURM of pretended hosts; read by tests after hosts.sh, not run
#
# munged and slurmctld on this machine, a slurmd on each of N hosts, without
# systemd and cgroups.  Two partitions: low, and high, which preempts it.
#
#     hosts_up N && slurm_up FOLDER N      1: does not start here
#     slurm_node cn2                       start the slurmd of a host (again)
#     slurm_down

slurm_why_not() {
    hosts_why_not slurmctld slurmd munged sbatch runuser "$@"
}

slurm_conf() {
    cat <<END
ClusterName=chorus
SlurmctldHost=$(hostname)($hosts_net.254)
SlurmctldPort=16827
SlurmdPort=16828
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool.%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.%n.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,preempt_send_user_signal
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
MailProg=/bin/true
KillWait=5
SlurmdTimeout=10
ReturnToService=2
TmpFS=$slurm/tmp.%n
END
    for number in $(seq "$1"); do
        echo "NodeName=cn$number NodeAddr=$hosts_net.$number CPUs=2 RealMemory=2000"
    done
    echo "PartitionName=low Nodes=cn[1-$1] Default=YES PriorityTier=1 MaxTime=60 State=UP PreemptMode=requeue GraceTime=10"
    echo "PartitionName=high Nodes=cn[1-$1] PriorityTier=10 MaxTime=60 State=UP PreemptMode=off"
}

slurm_node() {
    host_run "$1" slurmd -N "$1" -f "$SLURM_CONF"
}

slurm_up() {
    slurm=$1/slurm
    SLURM_CONF=$slurm/slurm.conf
    export SLURM_CONF
    chmod 755 "$1" && mkdir -p "$slurm/state" "$slurm/munge" || return 1
    head -c 128 /dev/urandom >"$slurm/munge/key"
    chmod 711 "$slurm/munge" && chmod 600 "$slurm/munge/key" &&
        chown -R munge:munge "$slurm/munge" || return 1
    # --force: the folder above may be written by others.
    runuser -u munge -- munged --force --num-threads=2 \
        --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" \
        --pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" \
        --seed-file="$slurm/munge/seed" || return 1
    for number in $(seq "$2"); do
        mkdir -p "$slurm/tmp.cn$number" "$slurm/spool.cn$number"
    done
    slurm_conf "$2" >"$SLURM_CONF"
    slurmctld -c -f "$SLURM_CONF" || return 1
    for number in $(seq "$2"); do
        slurm_node "cn$number" || return 1
    done
    tries=0
    until [ "$(sinfo -h -N -p low -t idle -o %N 2>/dev/null | wc -l)" = "$2" ]; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || return 1
        sleep 0.2
    done
}

# The daemons of the hosts end with them.
slurm_down() {
    [ -e "${SLURM_CONF:-}" ] || return 0
    scancel --user=root 2>/dev/null
    for file in "$slurm"/slurmd.*.pid "$slurm/slurmctld.pid" \
        "$slurm/munge/pid"; do
        pid=$(cat "$file" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    done
}
