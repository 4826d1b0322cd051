# Everything comes from the distribution's packages (design.md §10). For a static link, Poco and
# simdjson are built from its source packages: cmake/release.sh.
if(NOT KVRUN_LINK STREQUAL dynamic)
  set(OPENSSL_USE_STATIC_LIBS TRUE)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Net NetSSL)
find_package(fmt 9 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(yamlcpp REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)

if(KVRUN_LINK STREQUAL dynamic)
  set(kvrun_fmt fmt::fmt)
else()
  set(kvrun_fmt fmt::fmt-header-only) # the package has no static library
endif()
