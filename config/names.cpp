// SPDX-License-Identifier: MIT
#include "config/model.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kvrun::config {
namespace {

struct First {
  std::string_view section;
  const Place* place;
};

class Names {
public:
  explicit Names(Problems& problems) : problems_(problems) {}

  void add(const std::string& name, std::string_view section, const Place& place) {
    const auto [first, is_new] = first_.try_emplace(name, First{section, &place});
    if (is_new) {
      return;
    }
    const First& other = first->second;
    const std::string message =
        other.place == &place ? fmt::format("'{}' is set twice by one bundle", name)
                              : fmt::format("'{}' is set by {} and by {} ({})",
                                            name,
                                            section,
                                            other.section == section ? "another" : other.section,
                                            other.place->text());
    problems_.add(place, message, "a variable gets its value in one place");
  }

private:
  Problems& problems_;
  std::unordered_map<std::string, First> first_;
};

} // namespace

std::vector<std::string> names_of(const Bundle& bundle) {
  std::vector<std::string> names;
  for (const auto& [in_data, variable] : bundle.rename) {
    if (takes(bundle, in_data)) {
      names.push_back(variable);
    }
  }
  if (bundle.only) {
    std::unordered_map<std::string_view, std::string_view> renamed(bundle.rename.begin(),
                                                                   bundle.rename.end());
    for (const std::string& in_data : *bundle.only) {
      if (!renamed.contains(in_data)) {
        names.push_back(bundle.prefix + in_data);
      }
    }
  }
  return names;
}

void check_names(const Config& config, Problems& problems) {
  Names names(problems);
  for (const Binding& binding : config.bindings) {
    names.add(binding.name, binding.file ? "'files'" : "'env'", binding.place);
  }
  if (config.bundles) {
    for (const Bundle& bundle : *config.bundles) {
      for (const std::string& name : names_of(bundle)) {
        names.add(name, "a bundle", bundle.place);
      }
    }
  }
}

} // namespace kvrun::config
