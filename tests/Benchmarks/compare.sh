#!/bin/bash
# Measures this server beside Node's socket.io and ASP.NET Core's bare WebSocket, in runs made one after another, and prints a
# table of medians. Linux with two cores or more, .NET 10, Node and npm; nothing else should be running.
#   tests/Benchmarks/compare.sh [ROUNDS]      5 rounds unless said otherwise
# Broadcasts, connecting and memory: server on core 0, load on core 1. Acknowledgements: both free, as pinned they are bound by
# the kernel's switching between the two.
set -eu
cd "$(dirname "$0")"
rounds=${1:-5}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
for project in Load Bare Server; do
  dotnet publish -c Release -o "$build/$project" "$project" >"$build/log" 2>&1 || { cat "$build/log"; exit 1; }
done
[ -d Peers/node_modules/socket.io ] || (cd Peers && npm install --no-audit --no-fund --loglevel=error)

# run PEER PIN MODE LOAD-ARGUMENTS...: one figure
run() {
  local peer=$1 pin=$2 port=$((20000 + RANDOM % 10000)) server=() load=()
  shift 2
  if [ "$pin" = pinned ]; then server=(taskset -c 0) load=(taskset -c 1); fi
  case $peer in
    node) PORT=$port "${server[@]}" node Peers/node-socketio.js & ;;
    bare) "${server[@]}" dotnet "$build/Bare/SocketIO.Benchmarks.Bare.dll" --urls "http://127.0.0.1:$port" & ;;
    ours) "${server[@]}" dotnet "$build/Server/SocketIO.Benchmarks.Server.dll" --urls "http://127.0.0.1:$port" & ;;
  esac
  local pid=$!
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
  sleep 0.5
  "${load[@]}" dotnet "$build/Load/SocketIO.Benchmarks.Load.dll" "$@" --url "127.0.0.1:$port" --pid $pid 2>/dev/null | sed -E 's/^[a-z]+ ([0-9.]+) .*/\1/'
  kill $pid
  wait $pid 2>/dev/null || true
}

# compare NAME UNIT PIN MODE LOAD-ARGUMENTS...: one row, the three peers in turn
compare() {
  local name=$1 unit=$2 pin=$3 peer
  shift 3
  for peer in node bare ours; do : >"$build/$peer"; done
  for _ in $(seq "$rounds"); do
    for peer in node bare ours; do run $peer "$pin" "$@" >>"$build/$peer"; done
  done
  local node bare ours
  node=$(median "$build/node") bare=$(median "$build/bare") ours=$(median "$build/ours")
  echo "| $name | $node $unit | $bare $unit | **$ours $unit** | $(awk "BEGIN { printf \"%.2f\", $ours / $node }") |"
}

median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

echo "| | Node socket.io | bare Kestrel WebSocket | SocketIO.Server | ours / Node |"
echo "|---|---|---|---|---|"
compare "acknowledgement, 100 clients" µs free ack --conns 100
compare "broadcast to 500, per delivery" µs pinned bcast --conns 500 --inflight 2
compare "connecting, 5,000 clients" µs pinned connect --conns 5000
compare "memory of an idle connection, 5,000 of them" KiB pinned idle --conns 5000 --secs 3
