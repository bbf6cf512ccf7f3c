#!/bin/bash
# Measures two gateways of a cluster beside two processes of Node's socket.io with its Redis adapter, in runs made one after another,
# and prints tables of medians. Linux with two cores or more, .NET 10, Node, npm and redis-server; nothing else should be running.
#   tests/Benchmarks/compare-cluster.sh [ROUNDS]      5 rounds unless said otherwise
# Half of the clients are on each process; the first sends all broadcasts. CPU time is that of both processes, without Redis.
set -eu
cd "$(dirname "$0")"
rounds=${1:-5}
build=$(mktemp -d)
started=""
# A gateway that is told to stop takes its time: it moves what it has to others.
stop() { [ -z "$started" ] || kill -KILL $started 2>/dev/null || true; started=""; wait 2>/dev/null; }
trap 'stop; rm -rf "$build"' EXIT
for project in Load Cluster; do
  dotnet publish -c Release -o "$build/$project" "$project" >"$build/log" 2>&1 || { cat "$build/log"; exit 1; }
done
[ -d Peers/node_modules/@socket.io/redis-adapter ] || (cd Peers && npm install --no-audit --no-fund --loglevel=error)

listening() { for _ in $(seq 300); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "nothing listens on port $1" >&2; exit 1; }

# run PEER GATEWAYS MODE LOAD-ARGUMENTS...: the load generator's line
run() {
  local peer=$1 gateways=$2 redis=$((20000 + RANDOM % 5000)) port urls="" processes=""
  shift 2
  mkdir -p "$build/redis"
  redis-server --port $redis --bind 127.0.0.1 --dir "$build/redis" --save '' --appendonly yes >/dev/null & started=$!
  listening $redis
  for i in $(seq "$gateways"); do
    port=$((25000 + i * 1000 + RANDOM % 1000))
    case $peer in
      node) PORT=$port REDIS=$redis node Peers/node-socketio.js & ;;
      ours) dotnet "$build/Cluster/SocketIO.Benchmarks.Cluster.dll" gateway --redis 127.0.0.1:$redis --urls "http://127.0.0.1:$port" & ;;
    esac
    started="$started $!" processes="${processes:+$processes,}$!" urls="${urls:+$urls,}127.0.0.1:$port"
    listening $port
  done
  sleep 3
  dotnet "$build/Load/SocketIO.Benchmarks.Load.dll" "$@" --url "$urls" --pid "$processes"
  stop
  rm -rf "$build/redis"
}

# compare NAME MODE LOAD-ARGUMENTS...: a row for CPU, p50 and p99, both peers in turn
compare() {
  local name=$1 peer
  shift
  rm -f "$build/node" "$build/ours"
  for _ in $(seq "$rounds"); do
    for peer in node ours; do run $peer 2 "$@" | sed -E 's/^bcast ([0-9.]+) us.* p50 ([0-9.]+) ms, p99 ([0-9.]+) ms$/\1 \2 \3/' >>"$build/$peer"; done
  done
  row "$name, CPU per delivery" 1 µs
  row "$name, p50" 2 ms
  row "$name, p99" 3 ms
}

row() {
  local node ours
  node=$(median "$build/node" "$2") ours=$(median "$build/ours" "$2")
  echo "| $1 | $node $3 | **$ours $3** | $(awk "BEGIN { printf \"%.2f\", $ours / $node }") |"
}

median() { cut -d ' ' -f "$2" "$1" | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

echo "| | Node socket.io, Redis adapter | SocketIO.Orleans | ours / Node |"
echo "|---|---|---|---|"
compare "200 clients, as fast as it goes" bcast --conns 200 --inflight 2 --secs 6
compare "20 clients, 200 broadcasts a second" bcast --conns 20 --rate 200 --secs 6
echo
for gateways in 2 3; do
  for _ in $(seq "$rounds"); do run ours $gateways relay --conns $gateways --inflight 8 --payload 70 --secs 6; done | sed -E 's/^relay ([0-9.]+) .*, ([0-9]+) packets.*$/\1 \2/' >"$build/relay"
  echo "relay to $gateways gateways: $(median "$build/relay" 1) µs of CPU for a packet of 100 bytes and gateway, $(median "$build/relay" 2) packets/s"
done
