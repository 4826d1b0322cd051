#!/bin/bash
# The release build: build/static/kvrun, in which only glibc is dynamic; with --static nothing is.
# Poco and simdjson come from the distribution's own source packages, its patches included, because
# their packages have shared libraries only. They are built once, into .cache/.
# usage: cmake/release.sh [--static] [--test]
#   --test   runs against it all tests that are about the binary
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
umask 022
# ccache hands the compiler relative paths, which then stand in the binary: it would depend on who built it.
unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER
export CCACHE_DISABLE=1

link=mostly-static build=build/static tests=OFF
for option in "$@"; do
  case $option in
  --static) link=static build=build/fully-static ;;
  --test) tests=ON ;;
  *) echo 'usage: ./dev release [--static] [--test]' >&2 && exit 2 ;;
  esac
done

version_of() { dpkg-query -W -f '${Version}' "$1"; }
poco=$(version_of libpoco-dev) simdjson=$(version_of libsimdjson-dev)
cache=$PWD/.cache/static
prefix=$cache/poco-$poco-simdjson-$simdjson
jobs=$(nproc)

# apt-get with lists and sources of our own: source packages from where this machine has its
# packages. Nothing in /etc/apt is touched.
private_apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$cache/source.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$cache/lists" -o Dir::Cache="$cache/apt" -o APT::Sandbox::User= "$@"
}

fetch_sources() {
  mkdir -p "$cache"/{lists/partial,apt/archives/partial,source}
  local key=/usr/share/keyrings/debian-archive-keyring.gpg
  # shellcheck disable=SC2016  # apt-get's variables
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sort -u | sed -n "s|^Debian |deb-src [signed-by=$key] |p" >"$cache/source.list"
  private_apt update
  (cd "$cache/source" && rm -rf poco-* simdjson-* &&
    private_apt source "poco=$poco" "simdjson=$simdjson" >"$cache/source.log" 2>&1) ||
    { cat "$cache/source.log" >&2 && exit 1; }
}

# install_static NAME SOURCE OPTION...: a static library, the same from any path
install_static() {
  local name=$1 source=$2
  shift 2
  echo "release: building $name from $(basename "$source")"
  local flags="-ffunction-sections -fdata-sections -ffile-prefix-map=$source=$name"
  {
    cmake -S "$source" -B "$cache/build-$name" -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_LIBDIR=lib \
      -DCMAKE_INSTALL_PREFIX="$prefix.new" -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" "$@"
    cmake --build "$cache/build-$name" -j "$jobs"
    cmake --install "$cache/build-$name"
  } >"$cache/$name.log" 2>&1 || { tail -n 30 "$cache/$name.log" >&2 && exit 1; }
}

build_dependencies() {
  local off=() part
  for part in DATA DATA_SQLITE DATA_MYSQL DATA_ODBC DATA_POSTGRESQL MONGODB REDIS ZIP PAGECOMPILER \
    PAGECOMPILER_FILE2PAGE ENCODINGS ENCODINGS_COMPILER ACTIVERECORD ACTIVERECORD_COMPILER JWT PDF \
    TESTS SAMPLES; do
    off+=("-DENABLE_$part=OFF")
  done
  local archives
  archives=/usr/lib/$(gcc -dumpmachine)
  rm -rf "$prefix.new" "$cache"/build-*
  fetch_sources
  local source
  source=$(echo "$cache"/source/poco-*/)
  install_static poco "${source%/}" "${off[@]}" -DPOCO_UNBUNDLED=ON -DOPENSSL_USE_STATIC_LIBS=TRUE \
    -DPCRE_LIBRARY="$archives/libpcre.a" -DZLIB_LIBRARY="$archives/libz.a" \
    -DEXPAT_LIBRARY="$archives/libexpat.a"
  # find_package(Poco) asks for it and it is not installed.
  cp "${source}cmake/FindPCRE.cmake" "$prefix.new/lib/cmake/Poco/"
  source=$(echo "$cache"/source/simdjson-*/)
  install_static simdjson "${source%/}" -DSIMDJSON_DEVELOPER_MODE=OFF
  mv "$prefix.new" "$prefix"
  sed -i "s|$prefix.new|$prefix|g" "$prefix"/lib/cmake/*/*.cmake "$prefix"/lib/pkgconfig/*.pc
  rm -rf "$cache"/build-* "$cache/source"
}

[[ -d $prefix ]] || build_dependencies

PKG_CONFIG_PATH=$prefix/lib/pkgconfig cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DKVRUN_WERROR=ON -DKVRUN_TESTS="$tests" -DKVRUN_LINK="$link" -DCMAKE_PREFIX_PATH="$prefix" >"$cache/kvrun.log" ||
  { cat "$cache/kvrun.log" >&2 && exit 1; }
NINJA_STATUS="[$link %f/%t] " cmake --build "$build" -j "$jobs" --target kvrun kvrun-emulator
strip "$build/kvrun" "$build/kvrun-emulator"

needed=$(objdump -p "$build/kvrun" | awk '$1 == "NEEDED" { print $2 }' | sort | paste -sd ' ')
case $link in
static) allowed='' ;;
*) allowed='ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.so.6 libm.so.6' ;;
esac
for library in $needed; do
  [[ " $allowed " == *" $library "* ]] || { echo "release: kvrun needs $library" >&2 && exit 1; }
done
echo "release: $build/kvrun, $(stat -c %s "$build/kvrun") bytes, needs ${needed:-nothing}"

if [[ $tests == ON ]]; then
  NINJA_STATUS="[$link %f/%t] " cmake --build "$build" -j "$jobs" --target tests_of_the_binary
  ctest --test-dir "$build" -L binary -j "$jobs" --timeout 300 --output-on-failure
fi
