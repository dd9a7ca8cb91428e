# shellcheck shell=bash
# Needs say.sh, and $ROOT and $LOGS of the script that sources it.
# Installs what the tests need and is missing. Every function does nothing, and needs no network,
# when its thing is already there; each returns non-zero when the thing cannot be had.

readonly NODE_MINIMUM=20
readonly FUZZ_HOME=$ROOT/build/fuzz/venv
apt_lists_fresh=no

# apt_install PACKAGE…
apt_install() {
  command -v apt-get >/dev/null || { warn "没有 apt-get，无法安装：$*"; return 1; }
  if [[ $apt_lists_fresh == no ]]; then
    as_root apt-get -o DPkg::Lock::Timeout=300 -qq update || warn "apt-get update 未成功，沿用已有的软件包列表"
    apt_lists_fresh=yes
  fi
  say "安装 Debian 软件包：$*"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends install "$@" >>"$LOGS/install.log" 2>&1 || {
    tail -n 20 "$LOGS/install.log" >&2
    return 1
  }
}

need_cargo() {
  command -v cargo >/dev/null || { warn "没有 cargo：先安装 Rust"; return 1; }
}

# The C parts (SQLite, ring, mimalloc) are compiled from source.
need_compiler() {
  need_cargo || return 1
  if command -v cc >/dev/null && [[ -e /usr/include/stdio.h ]]; then return 0; fi
  apt_install gcc libc6-dev pkg-config
}

# postgres_bin prints the directory of the newest server binaries of version 15 or later.
postgres_bin() {
  local dir version newest=''
  for dir in /usr/lib/postgresql/*/bin; do
    version=${dir#/usr/lib/postgresql/}
    version=${version%/bin}
    if [[ $version =~ ^[0-9]+$ && -x $dir/initdb ]] && ((version >= 15)); then newest=$dir; fi
  done
  [[ -n $newest ]] && printf '%s\n' "$newest"
}

# Debian would create and start a server of its own on installation; the tests want only the programs.
install_postgres() {
  local no_cluster=/etc/postgresql-common/createcluster.d/no-main-cluster.conf package=postgresql outcome=0
  as_root mkdir -p "${no_cluster%/*}" || return 1
  as_root sh -c "echo 'create_main_cluster = false' > '$no_cluster'" || return 1
  apt_install postgresql-common || outcome=1
  if apt-cache show postgresql-15 >/dev/null 2>&1; then package=postgresql-15; fi
  apt_install "$package" || outcome=1
  as_root rm -f "$no_cluster"
  return "$outcome"
}

need_postgres() {
  postgres_bin >/dev/null || install_postgres || return 1
  postgres_bin >/dev/null || { warn "没有 PostgreSQL 15 或更新的服务器程序"; return 1; }
}

node_is_new_enough() {
  command -v node >/dev/null || return 1
  node -e "process.exit(Number(process.versions.node.split('.')[0]) >= $NODE_MINIMUM ? 0 : 1)"
}

# Debian 12 brings Node 18, which the browser driver refuses; the npm package of the node program fills the gap.
use_node_from_npm() {
  local home=$ROOT/build/node machine=x64
  if [[ $(uname -m) == aarch64 ]]; then machine=arm64; fi
  local bin=$home/node_modules/node-linux-$machine/bin
  if [[ ! -x $bin/node ]]; then
    say "安装 Node $NODE_MINIMUM（npm 包 node-linux-$machine）"
    mkdir -p "$home"
    npm install --prefix "$home" --no-save --ignore-scripts "node-linux-$machine@$NODE_MINIMUM" || return 1
  fi
  export PATH="$bin:$PATH"
}

need_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then apt_install nodejs npm || return 1; fi
  node_is_new_enough || use_node_from_npm || return 1
  node_is_new_enough || { warn "需要 Node $NODE_MINIMUM 或更新的版本"; return 1; }
}

# Are the packages in node_modules those that package.json pins?
# shellcheck disable=SC2016  # the text in single quotes is JavaScript
browser_packages_present() (
  cd "$ROOT/tests/browser" && node -e '
    const { readFileSync } = require("node:fs");
    const json = (path) => JSON.parse(readFileSync(path, "utf8"));
    const pinned = Object.entries(json("package.json").dependencies);
    process.exit(pinned.every(([name, version]) => json(`node_modules/${name}/package.json`).version === version) ? 0 : 1);
  ' 2>/dev/null
)

need_browser_packages() {
  need_node || return 1
  if browser_packages_present; then return 0; fi
  say "安装 npm 软件包（playwright-core、axe-core）"
  (cd "$ROOT/tests/browser" && npm ci --ignore-scripts)
}

need_chromium() {
  local missing=()
  [[ -x /usr/bin/chromium ]] || missing+=(chromium)
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.*' >/dev/null || missing+=(fonts-noto-cjk)
  command -v pdftotext >/dev/null || missing+=(poppler-utils)
  if ((${#missing[@]} == 0)); then return 0; fi
  apt_install "${missing[@]}"
}

# The storm counts in the database with its own tools, and lets a day pass by another clock.
need_storm() {
  local missing=()
  command -v sqlite3 >/dev/null || missing+=(sqlite3)
  command -v psql >/dev/null || missing+=(postgresql-client)
  command -v faketime >/dev/null || missing+=(faketime)
  if ((${#missing[@]} > 0)); then apt_install "${missing[@]}" || return 1; fi
  need_node
}

# Schemathesis and what it needs, each of the version that tests/fuzz/requirements.txt pins, in an environment of its own.
need_fuzz() {
  local pins=$ROOT/tests/fuzz/requirements.txt missing=()
  if [[ -x $FUZZ_HOME/bin/schemathesis ]] && cmp -s "$pins" "$FUZZ_HOME/pins.txt"; then return 0; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  command -v curl >/dev/null || missing+=(curl)
  if ((${#missing[@]} > 0)); then apt_install "${missing[@]}" || return 1; fi
  say "安装 Python 软件包（schemathesis）"
  rm -rf "$FUZZ_HOME"
  python3 -m venv "$FUZZ_HOME" && "$FUZZ_HOME/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement "$pins" &&
    cp "$pins" "$FUZZ_HOME/pins.txt"
}
