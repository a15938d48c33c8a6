# SPDX-License-Identifier: Apache-2.0
# Starts the programs whose stacks are taken. Each function sets pids, separated by commas, and
# version, and returns 1 where a program is missing. It may replace prepare_names, which is
# called before each half.
# shellcheck shell=bash disable=SC2034

have() { command -v "$1" >/dev/null; }

# Runs a program until stop_target, and waits for it to be warm.
run_target() {
  "$@" >"$work/target.out" 2>&1 &
  started+=($!)
  pids=$!
  sleep 2
  kill -0 "$pids"
}

stop_target() {
  local pid
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  started=()
  stop_server
}

as_postgres() { setpriv --reuid postgres --regid postgres --clear-groups env PATH="$postgres_bin:$PATH" "$@"; }

# A server under pgbench, of which the traced processes are those that serve its clients.
serve() {
  [[ -x $postgres_bin/initdb && -x $postgres_bin/pgbench ]] || return 1
  install -d -o postgres -m 700 "$work/data"
  as_postgres initdb -A trust -D "$work/data" >/dev/null
  as_postgres pg_ctl -s -w -D "$work/data" -l "$work/data/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$work/data -c fsync=off" start
  as_postgres pgbench -q -h "$work/data" -i -s 5 postgres 2>/dev/null
  as_postgres pgbench -h "$work/data" -c 3 -T 600 postgres >/dev/null 2>&1 &
  started+=($!)
  sleep 2
  pids=$(pgrep -d, -P "$(head -1 "$work/data/postmaster.pid")" -f ' \[local\] ')
}

stop_server() {
  [[ ! -e $work/data/postmaster.pid ]] || as_postgres pg_ctl -s -D "$work/data" -m immediate stop || true
  rm -rf "$work/data"
}

# Debian's has no symbols of static functions.
start_postgres() {
  postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
  [[ -n $postgres_bin ]] || return 1
  version="$("$postgres_bin/postgres" --version), without symbols of static functions"
  serve
}

start_named() {
  postgres_bin=${POSTGRES:-}
  [[ -n $postgres_bin ]] || return 1
  version="$("$postgres_bin/postgres" --version), with symbols"
  serve
}

# The virtual machine keeps frame pointers in compiled code with -XX:+PreserveFramePointer only,
# and writes the names of that code into /tmp when jcmd asks it to. A function that the compiler
# has inlined has no frame.
start_java() {
  have javac && have jcmd || return 1
  version=$(java -version 2>&1 | head -1)
  javac -d "$work" "$here/targets/Burn.java"
  run_target java -XX:+PreserveFramePointer -cp "$work" Burn
  # Until all is compiled, the names of today are not those of tomorrow.
  sleep 6
  prepare_names() { jcmd "$pids" Compiler.perfmap >/dev/null; }
}

start_node() {
  have node || return 1
  version="Node.js $(node --version)"
  run_target node --perf-basic-prof "$here/targets/burn.js"
}

start_go() {
  have go || return 1
  version=$(go version)
  go build -o "$work/burn-go" "$here/targets/burn.go"
  run_target "$work/burn-go"
}

start_rust() {
  have rustc || return 1
  version=$(rustc --version)
  rustc -O -o "$work/burn-rs" "$here/targets/burn.rs"
  run_target "$work/burn-rs"
}

start_python() {
  local python=${PYTHON:-/usr/bin/python3}
  [[ -x $python ]] || return 1
  version="$("$python" --version) of Debian, $(names_of "$python")"
  run_target "$python" "$here/targets/burn.py"
}

# Whether a program's static functions have names.
names_of() {
  local id
  id=$(readelf -n "$(readlink -f "$1")" | sed -n 's/.*Build ID: //p')
  if [[ -e ${2:-}/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug ]]; then
    echo 'with symbols of its -dbg package'
  else
    echo 'without symbols of static functions'
  fi
}

# A Python that was built here, whose executable has all its symbols.
start_pyenv() {
  local python
  python=$(ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3 2>/dev/null | sort -V | tail -1)
  [[ -n $python ]] || return 1
  version="$($python --version) of pyenv"
  run_target "$python" "$here/targets/burn.py"
}

# The same program in namespaces of its own and under another root, with its own libraries and
# files of debug information.
start_container() {
  local root=$work/root tree=${PYTHON_ROOT:-} python file
  have unshare || return 1
  if [[ ! -d $root ]]; then
    mkdir -p "$root/proc" "$root/tmp" "$root/usr/bin"
    if [[ -n $tree ]]; then
      cp -a "$tree/." "$root/"
    else
      python=$(readlink -f /usr/bin/python3) && [[ -x $python ]] || return 1
      cp "$python" "$root/usr/bin/"
      mkdir -p "$root/usr/lib"
      cp -r /usr/lib/python3 "/usr/lib/$(basename "$python")" "$root/usr/lib/"
    fi
    python=$(ls "$root"/usr/bin/python3.* | grep -E '/python3\.[0-9]+$' | head -1)
    for file in $(ldd "$python" "$root"/usr/lib/python3*/lib-dynload/*.so | grep -oE '/[^ ]+\.so[^ ]*' | sort -u); do
      [[ $file == "$root"* ]] || cp -L --parents "$file" "$root/"
    done
    mv "$python" "$root/usr/bin/burner"
    cp "$here/targets/burn.py" "$root/burn.py"
  fi
  version="$(chroot "$root" /usr/bin/burner --version) under another root, $(names_of "$root/usr/bin/burner" "$root")"
  run_target unshare --pid --mount --uts --ipc --fork --kill-child --mount-proc="$root/proc" chroot "$root" /usr/bin/burner /burn.py
  pids=$(pgrep -f '^/usr/bin/burner /burn.py')
}
