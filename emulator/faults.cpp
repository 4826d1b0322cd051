// SPDX-License-Identifier: MIT
#include "emulator/faults.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace kvrun::emulator {
namespace {

bool is_at_or_below(std::string_view path, std::string_view top) {
  return path.size() >= top.size() && equal_without_case(path.substr(0, top.size()), top) &&
         (path.size() == top.size() || top.ends_with('/') || path[top.size()] == '/');
}

bool matches(const Fault& fault, const FaultSubject& subject) {
  const bool host =
      fault.host.empty() || std::any_of(subject.names.begin(), subject.names.end(), [&](auto name) {
        return equal_without_case(name, fault.host);
      });
  return host && (fault.method.empty() || fault.method == subject.method) &&
         (fault.path.empty() || is_at_or_below(subject.path, fault.path));
}

} // namespace

FaultList::FaultList(std::vector<Fault> faults)
    : faults_(std::move(faults)), used_(faults_.size(), 0) {}

const Fault* FaultList::take(const FaultSubject& subject) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    if ((!fault.times || used_[i] < *fault.times) && matches(fault, subject)) {
      if (fault.times) {
        ++used_[i];
      }
      return &fault;
    }
  }
  return nullptr;
}

} // namespace kvrun::emulator
