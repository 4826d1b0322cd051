// SPDX-License-Identifier: MIT
#include "emulator/name_server.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

namespace kvrun::emulator {
namespace {

constexpr std::size_t k_header = 12;

struct Question {
  std::string host;
  bool wants_ipv4 = false;
  std::string_view bytes; // of the question itself
};

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The first question; an empty host when there is none.
Question parse_question(std::string_view query) {
  Question question;
  std::string host;
  std::size_t at = k_header;
  while (at < query.size() && byte_at(query, at) != 0) {
    const std::size_t size = byte_at(query, at);
    if (size > 63 || at + 1 + size >= query.size()) {
      return question;
    }
    host += fmt::format("{}{}", host.empty() ? "" : ".", query.substr(at + 1, size));
    at += 1 + size;
  }
  if (at + 5 > query.size()) {
    return question;
  }
  question.host = lower(host);
  question.wants_ipv4 = byte_at(query, at + 1) == 0 && byte_at(query, at + 2) == 1;
  question.bytes = query.substr(k_header, at + 5 - k_header);
  return question;
}

} // namespace

std::string name_answer(std::string_view query,
                        const std::function<bool(std::string_view host)>& exists) {
  if (query.size() <= k_header || (byte_at(query, 2) & 0x80U) != 0) {
    return {};
  }
  const Question question = parse_question(query);
  if (question.bytes.empty()) {
    return {};
  }
  const bool found = exists(question.host);
  const bool answered = found && question.wants_ipv4;
  std::string answer(query.substr(0, 2));
  answer += {'\x85', static_cast<char>(found ? '\x80' : '\x83')}; // authoritative; no such name
  answer += {'\0', '\x01', '\0', static_cast<char>(answered ? 1 : 0), '\0', '\0', '\0', '\0'};
  answer += question.bytes;
  if (answered) {
    // The name of the question, A, IN, 60 seconds, four bytes.
    answer += std::string("\xC0\x0C\0\x01\0\x01\0\0\0\x3C\0\x04\x7F\0\0\x01", 16);
  }
  return answer;
}

NameServer::NameServer(std::function<bool(std::string_view host)> exists)
    : exists_(std::move(exists)) {
  try {
    socket_.bind(Poco::Net::SocketAddress("127.0.0.1", 53), true);
  } catch (const Poco::Exception& error) {
    throw Error(ErrorKind::usage,
                fmt::format("cannot listen on 127.0.0.1:53: {}", error.displayText()));
  }
  ::fcntl(socket_.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
}

NameServer::~NameServer() {
  if (thread_.joinable()) {
    ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR); // wakes recvfrom(2)
    thread_.join();
  }
}

void NameServer::start() {
  thread_ = std::thread([this] { serve(); });
}

void NameServer::serve() {
  std::array<char, 512> query{};
  while (true) {
    try {
      Poco::Net::SocketAddress sender;
      const int size = socket_.receiveFrom(query.data(), static_cast<int>(query.size()), sender);
      if (size <= 0) {
        return;
      }
      const std::string answer =
          name_answer({query.data(), static_cast<std::size_t>(size)}, exists_);
      if (!answer.empty()) {
        socket_.sendTo(answer.data(), static_cast<int>(answer.size()), sender);
      }
    } catch (const Poco::Exception&) {
      return;
    }
  }
}

} // namespace kvrun::emulator
