// SPDX-License-Identifier: MIT
#include "bench/fleet/fiber.hpp"

#include <cstdint>
#include <utility>

namespace kvrun::bench {

namespace {

constexpr std::size_t k_stack = 64UL * 1024;
constexpr unsigned k_half = 32;

} // namespace

// makecontext(3) passes ints only, so the address comes in two halves.
void Fiber::enter(unsigned high, unsigned low) {
  const auto address = (static_cast<std::uintptr_t>(high) << k_half) | low;
  auto* fiber = reinterpret_cast<Fiber*>(address); // NOLINT(performance-no-int-to-ptr): see above
  fiber->body_();
  fiber->ended_ = true;
  fiber->pause();
}

void Fiber::resume(std::vector<std::unique_ptr<std::byte[]>>& stacks) {
  if (!stack_) {
    if (stacks.empty()) {
      stacks.emplace_back(new std::byte[k_stack]); // not cleared: most of it is never touched
    }
    stack_ = std::move(stacks.back());
    stacks.pop_back();
    ::getcontext(&here_);
    here_.uc_stack.ss_sp = stack_.get();
    here_.uc_stack.ss_size = k_stack;
    here_.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&here_,
                  reinterpret_cast<void (*)()>(&Fiber::enter),
                  2,
                  static_cast<unsigned>(address >> k_half),
                  static_cast<unsigned>(address));
  }
  ::swapcontext(&caller_, &here_);
  if (ended_) {
    stacks.push_back(std::move(stack_));
  }
}

void Fiber::pause() {
  ::swapcontext(&here_, &caller_);
}

} // namespace kvrun::bench
