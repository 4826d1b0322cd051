// SPDX-License-Identifier: MIT
#include "config/loader_names.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace kvrun::config {
namespace {

// What glibc drops for a set-user-id program (sysdeps/generic/unsecvars.h), what sudo never passes
// on (plugins/sudoers/env.c, initial_badenv_table), and what the language runtimes and git document
// as code to load, a place to look for it or a program to start.
constexpr std::array<std::string_view, 99> k_names{
    // the dynamic loader and the C library
    "LD_*",
    "_RLD*",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "LOCPATH",
    "MALLOC_*",
    "NIS_PATH",
    "NLSPATH",
    "PATH_LOCALE",
    "RESOLV_*",
    "RES_OPTIONS",
    "TZDIR",
    "TERMCAP",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERMPATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    // where programs, their settings and their temporary files are found
    "PATH",
    "HOME",
    "TMPDIR",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    // shells
    "BASHOPTS",
    "BASH_ENV",
    "BASH_FUNC_*",
    "CDPATH",
    "ENV",
    "FPATH",
    "GLOBIGNORE",
    "IFS",
    "NULLCMD",
    "PROMPT_COMMAND",
    "PS4",
    "READNULLCMD",
    "SHELL",
    "SHELLOPTS",
    "ZDOTDIR",
    // language runtimes
    "CLASSPATH",
    "CORECLR_*",
    "COR_*",
    "DOTNET_ADDITIONAL_DEPS",
    "DOTNET_ROOT*",
    "DOTNET_SHARED_STORE",
    "DOTNET_STARTUP_HOOKS",
    "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES",
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "LUA_CPATH*",
    "LUA_INIT*",
    "LUA_PATH*",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLIO_DEBUG",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PYTHONBREAKPOINT",
    "PYTHONCASEOK",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "RUBYLIB",
    "RUBYOPT",
    // programs that other programs start
    "BROWSER",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "GIT_ASKPASS",
    "GIT_CONFIG*",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH*",
    "GIT_TEMPLATE_DIR",
};

} // namespace

std::span<const std::string_view> loader_names() {
  return k_names;
}

bool is_loader_name(std::string_view name) {
  return std::any_of(k_names.begin(), k_names.end(), [&](std::string_view glob) {
    return matches_glob(glob, name);
  });
}

} // namespace kvrun::config
