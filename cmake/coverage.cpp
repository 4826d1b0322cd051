// SPDX-License-Identifier: MIT
// In a coverage build only: the counters are saved where a process ends without exit handlers, by _exit or by
// becoming another one. Linked with --wrap, so that the program knows nothing of it.
extern "C" {
void __gcov_dump(void);
void __gcov_reset(void);
[[noreturn]] void __real__exit(int status);
int __real_execve(const char* path, char* const* argv, char* const* envp);

[[noreturn]] void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}

int __wrap_execve(const char* path, char* const* argv, char* const* envp) {
  __gcov_dump();
  __gcov_reset();
  return __real_execve(path, argv, envp);
}
}
