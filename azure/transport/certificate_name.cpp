// SPDX-License-Identifier: MIT
#include "azure/transport/certificate_name.hpp"

#include <cstddef>

namespace kvrun::azure {

namespace {

// One DER element (X.690 §8.1).
struct Element {
  unsigned tag = 0;
  std::string_view whole;
  std::string_view content;
};

struct Head {
  unsigned tag = 0;
  std::size_t size = 0;
  std::size_t content = 0; // bytes, whether they are there or not
};

// Nothing at the end or when it is malformed.
std::optional<Head> head_of(std::string_view text) {
  if (text.size() < 2) {
    return std::nullopt;
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  Head head{byte(0), 2, byte(1)};
  if (head.content >= 0x80) {
    const std::size_t count = head.content & 0x7f;
    if (count == 0 || count > 4 || text.size() < 2 + count) {
      return std::nullopt;
    }
    head.content = 0;
    for (std::size_t i = 0; i < count; ++i) {
      head.content = head.content << 8 | byte(2 + i);
    }
    head.size += count;
  }
  return head;
}

// Takes the first element off `rest`; nothing when there is none that is whole.
std::optional<Element> next(std::string_view& rest) {
  const auto head = head_of(rest);
  if (!head || rest.size() - head->size < head->content) {
    return std::nullopt;
  }
  const Element element{head->tag,
                        rest.substr(0, head->size + head->content),
                        rest.substr(head->size, head->content)};
  rest.remove_prefix(element.whole.size());
  return element;
}

// What there is of the first element's content.
std::string_view inside(std::string_view text) {
  const auto head = head_of(text);
  return head ? text.substr(head->size, head->content) : std::string_view();
}

bool is_of_bytes(unsigned tag) {
  constexpr unsigned utf8 = 12;
  constexpr unsigned numeric = 18;
  constexpr unsigned printable = 19;
  constexpr unsigned t61 = 20;
  constexpr unsigned ia5 = 22;
  constexpr unsigned visible = 26;
  return tag == utf8 || tag == numeric || tag == printable || tag == t61 || tag == ia5 ||
         tag == visible;
}

} // namespace

std::string_view subject_in(std::string_view certificate) {
  // Certificate → TBSCertificate → [version], serial, algorithm, issuer, validity, subject
  // (RFC 5280 §4.1)
  std::string_view rest = inside(inside(certificate));
  constexpr unsigned version_tag = 0xa0;
  std::string_view ahead = rest;
  auto element = next(ahead);
  if (element && element->tag == version_tag) {
    rest = ahead;
  }
  for (int i = 0; i < 5; ++i) { // the fifth is the subject
    element = next(rest);
    if (!element) {
      return {};
    }
  }
  return element->whole;
}

std::optional<std::string> letters_of_name(std::string_view name) {
  // Name → SET of (type, value) (RFC 5280 §4.1.2.4)
  const auto sets = next(name);
  if (!sets) {
    return std::nullopt;
  }
  std::string letters;
  std::string_view rest = sets->content;
  while (const auto set = next(rest)) {
    std::string_view pairs = set->content;
    while (const auto pair = next(pairs)) {
      std::string_view parts = pair->content;
      next(parts);
      const auto value = next(parts);
      if (!value || !is_of_bytes(value->tag)) {
        return std::nullopt;
      }
      for (const char c : value->content) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
          letters += c;
        } else if (c >= 'A' && c <= 'Z') {
          letters += static_cast<char>(c | 0x20);
        }
      }
    }
  }
  return letters;
}

} // namespace kvrun::azure
