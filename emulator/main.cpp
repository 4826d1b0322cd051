// SPDX-License-Identifier: MIT
#include "emulator/run.hpp"

int main(int argc, char** argv) {
  return kvrun::emulator::run(argc, argv);
}
