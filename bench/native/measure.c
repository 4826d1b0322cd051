// SPDX-License-Identifier: MIT
// measure FILE COMMAND [ARG...]: runs it and writes to FILE: wall ns, CPU ns, peak KiB.
// measure --processes FILE COMMAND [ARG...]: how many processes that was.
// A process of its own, and a small one: what a process peaked at counts from before exec, so the
// size of a large parent would hide that of a small child.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t ns(struct timeval t) {
  return t.tv_sec * INT64_C(1000000000) + t.tv_usec * INT64_C(1000);
}

static int result_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int count_processes(FILE* out, char** command) {
  const pid_t first = fork();
  if (first == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execvp(command[0], command);
    _exit(127);
  }
  int status = 0, count = 1, result = 1;
  waitpid(first, &status, 0);
  ptrace(PTRACE_SETOPTIONS, first, NULL,
         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
  ptrace(PTRACE_CONT, first, NULL, NULL);
  for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status)) {
      if (pid == first) result = result_of(status);
      continue;
    }
    const int event = status >> 16, signal = WSTOPSIG(status);
    count += event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK; // a clone is a thread
    const int pass = event || signal == SIGSTOP || signal == SIGTRAP ? 0 : signal;
    ptrace(PTRACE_CONT, pid, NULL, pass);
  }
  fprintf(out, "%d\n", count);
  return result;
}

int main(int argc, char** argv) {
  const int counting = argc > 1 && strcmp(argv[1], "--processes") == 0;
  FILE* out = argc > 2 + counting ? fopen(argv[1 + counting], "we") : NULL;
  if (!out) return 125;
  if (counting) return count_processes(out, argv + 3);
  const int64_t begin = now();
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  struct rusage use;
  wait4(pid, &status, 0, &use);
  fprintf(out, "%lld %lld %ld\n", (long long)(now() - begin),
          (long long)(ns(use.ru_utime) + ns(use.ru_stime)), use.ru_maxrss);
  return result_of(status);
}
