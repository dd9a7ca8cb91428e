# shellcheck shell=bash
# A throw-away PostgreSQL cluster: own directory, own free port, loopback only, gone afterwards.
# pg_start sets TEST_DATABASE_URL and puts the client programs (pg_dump …) on PATH; pg_stop undoes it.
# Durability is off, because nothing in the cluster outlives the run; set pg_durability=on where it is measured.

pg_home=''
pg_programs=''
pg_durability=${pg_durability:-off}

# The server refuses to run as root; then everything of it runs as the user that Debian made for it.
as_postgres() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# free_port prints a port of the loopback interface on which nobody answers.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return 0
    fi
  done
  return 1
}

pg_create() {
  pg_home=$(mktemp -d -t tonghu-pg.XXXXXX) || return 1
  if ((EUID == 0)); then chown postgres: "$pg_home" || return 1; fi
  cd "$pg_home" || return 1
  as_postgres "$pg_programs/initdb" --pgdata="$pg_home/data" --username=postgres \
    --encoding=UTF8 --locale=C.UTF-8 --auth=trust --no-sync >"$pg_home/initdb.log" 2>&1 || {
    cat "$pg_home/initdb.log" >&2
    return 1
  }
}

pg_configure() {
  local port=$1
  as_postgres tee -a "$pg_home/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$pg_home'
max_connections = 200
fsync = $pg_durability
synchronous_commit = $pg_durability
full_page_writes = $pg_durability
CONF
}

# pg_boot prints the port on which the server came up. Between finding a free port and taking it somebody
# else may take it: then another one (the last line in the configuration file wins).
pg_boot() {
  local port
  for _ in {1..5}; do
    port=$(free_port) || return 1
    pg_configure "$port" || return 1
    if as_postgres "$pg_programs/pg_ctl" start --wait --timeout=60 --pgdata="$pg_home/data" \
      --log="$pg_home/data/server.log" </dev/null >/dev/null 2>&1; then
      printf '%s\n' "$port"
      return 0
    fi
  done
  tail -n 20 "$pg_home/data/server.log" >&2
  return 1
}

pg_start() {
  local here=$PWD port
  pg_programs=$(postgres_bin) || return 1
  pg_create && port=$(pg_boot) && cd "$here" && pg_offer "$port"
}

# pg_offer PORT: the database that the suite works on, and how it finds it.
pg_offer() {
  export PATH="$pg_programs:$PATH"
  createdb --host=127.0.0.1 --port="$1" --username=postgres tonghu_test || return 1
  export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$1/tonghu_test"
  say "PostgreSQL：$("$pg_programs/postgres" --version)，端口 $1"
}

# pg_end PID_FILE: a fast shutdown, and a hard one when that takes more than 30 s. The server deletes the file when
# it is through; the process id alone would not tell, where nobody collects the dead.
pg_end() {
  local pid
  pid=$(head -n 1 "$1")
  kill -INT "$pid" 2>/dev/null || return 0
  for _ in {1..300}; do
    if [[ ! -e $1 ]] || ! kill -0 "$pid" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  warn "PostgreSQL（进程 $pid）未能正常停止，强制结束"
  kill -QUIT "$pid" 2>/dev/null || true
  sleep 1
}

pg_stop() {
  [[ -n $pg_home ]] || return 0
  local pid_file=$pg_home/data/postmaster.pid
  if [[ -r $pid_file ]]; then pg_end "$pid_file"; fi
  rm -rf "$pg_home"
  pg_home=''
  unset TEST_DATABASE_URL
}
