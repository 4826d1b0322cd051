// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/seed.hpp"
#include "emulator/temporary_folder.hpp"

namespace kvrun::emulator {

// Puts this process, and so the command, into a network and mount namespace of its own: loopback is
// up and has 169.254.169.254, /etc/hosts has a line for every vault and login host, and every other
// name is asked of 127.0.0.1:53. Needs root or a user namespace; before any thread is made. Throws
// Error(usage).
void enter_private_network();
// The files of /etc, made in `folder`.
void mount_names(const Seed& seed, const TemporaryFolder& folder);

// Puts this process into a mount namespace of its own, where there is none yet, with an empty
// /var/opt for the keys of Azure Arc. Throws Error(usage).
enum class MountNamespace { own, entered };
void mount_arc_keys(MountNamespace where);

} // namespace kvrun::emulator
