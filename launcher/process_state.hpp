// SPDX-License-Identifier: MIT
#pragma once

namespace kvrun::launcher {

// Gives the command the signals that kvrun inherited: what our libraries did to the mask is undone,
// and a SIGPIPE of ours that is pending is discarded (unix.md U9, U10). The last thing before
// execve.
void restore_signals();

// Makes this process as private as it can be while it holds secrets, and the standard descriptors
// safe to use (design.md §4). Throws Error(usage) when it runs with more rights than its caller
// has, or the system refuses.
void harden();

// As PID 1, where the kernel drops what has no handler, TERM, INT, HUP and QUIT end kvrun with
// 128+n (unix.md U11); exec gives the command the default again.
void end_on_signals_as_init();

} // namespace kvrun::launcher
