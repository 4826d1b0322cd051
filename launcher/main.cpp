// SPDX-License-Identifier: MIT
#include "launcher/run.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
  ::_exit(kvrun::launcher::run(argc, argv, environ));
}
