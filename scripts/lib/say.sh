# shellcheck shell=bash
# Small words shared by the scripts: messages, and running a command with an administrator's rights.

say() { printf '==> %s\n' "$*"; }
warn() { printf '!!! %s\n' "$*" >&2; }

# as_root COMMAND…: directly when already root, through sudo otherwise.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    warn "需要管理员权限：$*（以 root 运行，或先安装 sudo）"
    return 1
  fi
}
