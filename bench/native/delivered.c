// SPDX-License-Identifier: MIT
// delivered N: the command of every run. Exits 0 when A0 to A(N-1) hold what the vault holds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i < count; ++i) {
    char name[32], expected[64];
    snprintf(name, sizeof name, "A%d", i);
    snprintf(expected, sizeof expected, "p@ss w0rd %d; \"$HOME\" = it's", i);
    const char* value = getenv(name);
    if (!value || strcmp(value, expected) != 0) {
      fprintf(stderr, "delivered: %s is not what the vault holds\n", name);
      return 1;
    }
  }
  return 0;
}
