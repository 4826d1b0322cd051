// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <ostream>
#include <string_view>

namespace kvrun {

// A value that must not be copied by accident, printed or left behind: move-only, on the heap
// (never in a small-string buffer), wiped when it goes. It does not compile into a message.
class SecretString {
public:
  SecretString() = default;
  explicit SecretString(std::string_view text);
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(SecretString&& other) noexcept;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  ~SecretString() { wipe(); }

  // The only way to the bytes: `grep -rn 'reveal()'` lists every reader.
  [[nodiscard]] std::string_view reveal() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  void append(std::string_view more);
  // Room for that many bytes, so that appending them moves nothing.
  void reserve(std::size_t capacity);
  // A second owner of the same bytes, on purpose.
  [[nodiscard]] SecretString clone() const { return SecretString(reveal()); }

private:
  void wipe() noexcept;
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Without this GoogleTest prints the object's bytes when an expectation fails.
inline void PrintTo(const SecretString& secret, std::ostream* out) {
  *out << "[redacted, " << secret.size() << " bytes]";
}

} // namespace kvrun
