// SPDX-License-Identifier: MIT
#include "base/secret_string.hpp"

#include <fmt/format.h>

#include <string.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace kvrun {

static_assert(!std::is_copy_constructible_v<SecretString>);
static_assert(!fmt::is_formattable<SecretString>::value,
              "a secret must not compile into a message");

SecretString::SecretString(std::string_view text) {
  append(text);
}

SecretString::SecretString(SecretString&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void SecretString::append(std::string_view more) {
  if (more.empty()) {
    return;
  }
  if (size_ + more.size() > capacity_) {
    reserve(std::max(size_ + more.size(), capacity_ * 2));
  }
  std::copy(more.begin(), more.end(), data_.get() + size_);
  size_ += more.size();
}

void SecretString::reserve(std::size_t capacity) {
  if (capacity <= capacity_) {
    return;
  }
  auto larger = std::make_unique<char[]>(capacity);
  std::copy_n(data_.get(), size_, larger.get());
  const std::size_t size = size_;
  wipe();
  data_ = std::move(larger);
  size_ = size;
  capacity_ = capacity;
}

void SecretString::wipe() noexcept {
  if (data_) {
    ::explicit_bzero(data_.get(), capacity_);
  }
  data_.reset();
  size_ = 0;
  capacity_ = 0;
}

} // namespace kvrun
