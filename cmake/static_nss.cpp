// SPDX-License-Identifier: MIT
#include <nss.h>

namespace {

// A static glibc loads the NSS modules that /etc/nsswitch.conf names with a second libc below them:
// with libnss-myhostname of a newer glibc that ended in SIGFPE. `files` and `dns` are built in.
[[gnu::constructor]] void use_built_in_name_services() {
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("services", "files");
  __nss_configure_lookup("passwd", "files");
}

} // namespace
