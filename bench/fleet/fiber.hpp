// SPDX-License-Identifier: MIT
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace kvrun::bench {

// A function that can stop in the middle and go on later, on a stack of its own: what lets one
// thread run ten thousand launches.
class Fiber {
public:
  explicit Fiber(std::function<void()> body) : body_(std::move(body)) {}

  // Runs it until it pauses or ends. The stack comes from `stacks` and goes back there.
  void resume(std::vector<std::unique_ptr<std::byte[]>>& stacks);
  // From inside: back to whoever resumed.
  void pause();
  [[nodiscard]] bool ended() const noexcept { return ended_; }

private:
  static void enter(unsigned high, unsigned low);

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t here_{};
  ucontext_t caller_{};
  bool ended_ = false;
};

} // namespace kvrun::bench
