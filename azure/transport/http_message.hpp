// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "base/secret_string.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::azure {

// The answer is no HTTP/1.1, or it is over its bound. Never quotes it.
class MessageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t k_most_head = 64UL * 1024;
inline constexpr std::size_t k_most_body = 1024UL * 1024; // reference/key-vault.md §1.5

// The bytes of a request. Throws std::logic_error for a control character in a header: nothing that
// a caller or a service wrote may start a header of its own (poco.md P12).
[[nodiscard]] SecretString write_request(const HttpRequest& request, std::string_view user_agent);

// Reads one response as its bytes arrive (RFC 9112 §6.3). Every bound is checked before more is
// kept.
class ResponseReader {
public:
  explicit ResponseReader(std::string_view method) : no_body_(method == "HEAD") {}

  // Takes bytes; throws MessageError. What comes after the end of the response makes the connection
  // unusable.
  void take(std::string_view bytes);
  // The peer closed. Whether the response is complete; a body cut short is not.
  [[nodiscard]] bool close();

  [[nodiscard]] bool done() const noexcept { return phase_ == Phase::done; }
  // Whether any byte has come.
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  // Whether another request can be sent on the connection.
  [[nodiscard]] bool reusable() const noexcept { return done() && keep_alive_ && !surplus_; }
  // Once done.
  [[nodiscard]] HttpResponse release() { return std::move(response_); }
  // How far it came, for messages: "after 12 of 100 bytes of the body".
  [[nodiscard]] std::string progress() const;

private:
  enum class Phase { head, length, to_close, chunk_size, chunk, chunk_end, trailer, done };

  void read_head();
  bool step(std::string_view& rest);
  void keep(std::string_view body);
  // A line of the chunked framing; nothing while it is incomplete.
  std::optional<std::string> line(std::string_view& rest);

  Phase phase_ = Phase::head;
  bool no_body_;
  bool begun_ = false;
  bool keep_alive_ = true;
  bool surplus_ = false;
  std::string head_;
  std::string line_;
  std::size_t left_ = 0;   // of the body, or of the chunk
  std::size_t length_ = 0; // that was announced
  std::size_t trailers_ = 0;
  HttpResponse response_;
};

} // namespace kvrun::azure
