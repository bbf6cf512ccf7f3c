# What .ci/run and .ci/full share. Sourced from the repository's root.
set -u

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# The summary lines are read below: no terminal logger, no build node that outlives the run and holds the pipe open.
export MSBUILDTERMINALLOGGER=off MSBUILDDISABLENODEREUSE=1
# One compiler for all projects, which is warm after the first; it ends with the run.
export UseSharedCompilation=true
# Hundreds of servers that live for seconds: profiles to compile by cost them a fifth of their time and are never used.
export DOTNET_TieredPGO=0

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"; dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1' EXIT

# limit SECONDS: from now on, no step may go beyond this many seconds from the start of the script.
limit() { deadline=$1; }

left() { local rest=$((deadline - SECONDS)); echo $((rest > 1 ? rest : 1)); }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# need_debian PACKAGE TEST...: installs a Debian package if the test command fails.
need_debian() {
  local package=$1; shift
  "$@" >/dev/null 2>&1 && return
  if ! command -v apt-get >/dev/null; then
    echo "ci: $package is missing and this is no Debian; tests that need it will be left out"
    return
  fi
  [ -n "${apt_updated:-}" ] || as_root timeout 300 apt-get update -qq
  apt_updated=1
  as_root timeout 300 env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
    echo "ci: $package could not be installed; tests that need it will be left out"
}

install_clients() {
  need_debian npm command -v npm
  need_debian chromium-headless-shell bash -c 'command -v chromium-headless-shell || command -v chromium'
  need_debian redis-server command -v redis-server
  need_debian postgresql bash -c 'ls /usr/lib/postgresql/*/bin/postgres'
  local module
  for module in socketio requests websocket; do
    need_debian python3-$module /usr/bin/python3 -c "import $module"
  done
  npm_install tests/Conformance/Clients
}

# install_deployment: what renders the chart and checks it. Its tests fail where this is missing.
install_deployment() {
  need_debian npm command -v npm
  need_debian nginx-light command -v nginx
  if ! command -v helm >/dev/null; then
    # Helm's templates by Go: the language, Sprig's functions, its YAML and its validator of values.
    local go=/usr/share/gocode/src
    need_debian golang-go command -v go
    need_debian golang-github-masterminds-sprig-dev test -d $go/github.com/Masterminds/sprig
    need_debian golang-k8s-sigs-yaml-dev test -d $go/sigs.k8s.io/yaml
    need_debian golang-github-xeipuuv-gojsonschema-dev test -d $go/github.com/xeipuuv/gojsonschema
  fi
  npm_install tests/Deployment.Tests/Schemas
}

npm_install() {
  local folder=$1
  [ -f $folder/package.json ] || return 0
  [ $folder/node_modules/.package-lock.json -nt $folder/package.json ] && return
  (cd $folder && timeout -k 10 "$(left)" npm install --no-audit --no-fund --loglevel=error) ||
    echo "ci: npm install failed in $folder; tests that need it will be left out, or fail"
}

# have_orleans: whether the cluster's packages restore here; says so if they do not.
have_orleans() {
  timeout -k 10 300 dotnet restore SocketIO.Orleans.sln >/dev/null 2>&1 && return
  echo "ci: the Microsoft.Orleans packages do not restore here; the cluster's suites are left out"
  return 1
}

# tests COMMAND...: runs a test command and adds its projects' summaries to the totals. One that fails without naming a
# failed test (it did not build, it crashed, it took too long) counts as one failure.
tests() {
  echo "ci: $*"
  timeout -k 10 "$(left)" "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]} ran
  ran=$(sed -nE 's/^ *(Passed|Failed)! +- Failed: +([0-9]+), Passed: +([0-9]+),.*/\3 \2/p' "$log" |
    awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
  passed=$((passed + ${ran% *}))
  failed=$((failed + ${ran#* }))
  if [ "$status" = 124 ]; then echo "ci: stopped at the time limit"; fi
  if [ "$status" != 0 ] && [ "${ran#* }" = 0 ]; then failed=$((failed + 1)); fi
}

# check COMMAND...: a step that is right or wrong as a whole.
check() {
  echo "ci: $*"
  timeout -k 10 "$(left)" "$@" || { echo "ci: failed: $*"; failed=$((failed + 1)); }
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
