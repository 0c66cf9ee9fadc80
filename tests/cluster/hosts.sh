# shellcheck shell=sh
# hosts.sh - pretended hosts on this machine; read by tests, not run
#
# A host is a process with a network, a name and mounts of its own: cn1, cn2, ...
# at 10.78.0.1, .2, ... on one bridge with this machine, 10.78.0.254.  Takes root.
#
#     hosts_alone SCRIPT    begin SCRIPT again when no other test has hosts
#     hosts_up N            1: cannot be made here
#     host_run cn2 ...      run something there, in this folder
#     host_cut cn2          its network is down
#     host_pids cn2         of all its processes
#     host_kill cn2         all of them end
#     hosts_down            nothing is left
#
# $hosts/file is a host file for mpirun, $hosts/agent what starts things there;
# hosts_mpi tells Open MPI so.

# Names and addresses are the machine's, not a user's.
hosts=/run/chorus-hosts
hosts_net=10.78.0

# A test that is told to end leaves nothing behind, either.
trap 'exit 1' HUP INT TERM

hosts_alone() {
    [ -z "${CHORUS_HOSTS_ALONE:-}" ] || return 0
    CHORUS_HOSTS_ALONE=1 exec flock -o "$hosts.lock" "$@"
}

# The reason why there can be no hosts, or nothing.
hosts_why_not() {
    for tool in ip nsenter unshare flock "$@"; do
        command -v "$tool" >/dev/null || { echo "no $tool"; return; }
    done
    [ "$(id -u)" = 0 ] || { echo "not root"; return; }
    [ -w "${hosts%/*}" ] || echo "${hosts%/*} cannot be written"
}

# host_one NAME NUMBER
host_one() {
    # In a session of its own: it outlives what ends the test.
    setsid unshare --net --uts --mount \
        sh -c "hostname $1 && exec sleep 86400" >/dev/null 2>&1 &
    holder=$!
    echo $holder >"$hosts/$1"
    tries=0
    until [ "$(nsenter -t $holder --uts hostname 2>/dev/null)" = "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || return 1
        sleep 0.05
    done
    ip link add "v$1" type veth peer name eth0 netns $holder &&
        ip link set "v$1" master cnbr up &&
        nsenter -t $holder --net ip addr add "$hosts_net.$2/24" dev eth0 &&
        nsenter -t $holder --net ip link set lo up &&
        nsenter -t $holder --net ip link set eth0 up || return 1
    echo "$hosts_net.$2 $1 # chorus-hosts" >>/etc/hosts
    echo "$1 slots=1" >>"$hosts/file"
}

hosts_up() {
    hosts_down
    mkdir -p "$hosts" || return 1
    {
        ip link add cnbr type bridge &&
            ip addr add $hosts_net.254/24 dev cnbr && ip link set cnbr up
    } 2>/dev/null || return 1
    number=0
    while [ $number -lt "$1" ]; do
        number=$((number + 1))
        host_one cn$number $number 2>/dev/null || return 1
    done
    # What mpirun calls in place of ssh: AGENT [OPTION]... HOST COMMAND...
    cat >"$hosts/agent" <<END
#!/bin/sh
while case "\$1" in -*) true ;; *) false ;; esac; do shift; done
host=\$(cat "$hosts/\$1")
shift
exec nsenter -t "\$host" --net --uts --mount -- /bin/sh -c "\$*"
END
    chmod +x "$hosts/agent"
}

host_run() {
    holder=$(cat "$hosts/$1")
    shift
    # To enter mounts is to leave the folder.
    # shellcheck disable=SC2016 # read there
    nsenter -t "$holder" --net --uts --mount -- \
        sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
}

host_cut() {
    nsenter -t "$(cat "$hosts/$1")" --net ip link set eth0 down
}

# Everything that has the host's network, but for what holds the host.
host_pids() {
    holder=$(cat "$hosts/$1")
    network=$(readlink "/proc/$holder/ns/net") || return 0
    for entry in /proc/[0-9]*; do
        [ "$(readlink "$entry/ns/net" 2>/dev/null)" = "$network" ] &&
            [ "${entry#/proc/}" != "$holder" ] && echo "${entry#/proc/}"
    done
}

host_kill() {
    # shellcheck disable=SC2046 # several numbers are meant
    kill -9 $(host_pids "$1") 2>/dev/null
}

hosts_down() {
    for file in "$hosts"/cn*; do
        [ -e "$file" ] || continue
        host_kill "${file##*/}"
        kill -9 "$(cat "$file")"
        # Sockets that wait for a host that was cut off keep its network for a
        # minute; without its cable it is out of the way.
        ip link del "v${file##*/}"
    done
    ip link del cnbr
    if grep -q '# chorus-hosts$' /etc/hosts; then
        grep -v '# chorus-hosts$' /etc/hosts >"$hosts/others"
        # The file may be a mount, which cannot be replaced.
        cat "$hosts/others" >/etc/hosts
    fi
    rm -rf "$hosts"
} >/dev/null 2>&1

hosts_mpi() {
    export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent="$hosts/agent"
    export OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_pml=ob1
    export OMPI_MCA_btl=self,vader,tcp
    export OMPI_MCA_oob_tcp_if_include=$hosts_net.0/24
    export OMPI_MCA_btl_tcp_if_include=$hosts_net.0/24
    export OMPI_MCA_hwloc_base_binding_policy=none
    export OMPI_MCA_orte_default_hostfile="$hosts/file"
    export OMPI_MCA_rmaps_base_mapping_policy=node
}
