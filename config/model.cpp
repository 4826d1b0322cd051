// SPDX-License-Identifier: MIT
#include "config/model.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace kvrun::config {
namespace {

template <typename T> void lay_over(std::optional<T>& below, const std::optional<T>& above) {
  if (above) {
    below = above;
  }
}

} // namespace

bool takes(const Bundle& bundle, std::string_view in_data) {
  return !bundle.only ||
         std::find(bundle.only->begin(), bundle.only->end(), in_data) != bundle.only->end();
}

Config with_profile(const Config& config, const Config& profile) {
  Config result = config;
  lay_over(result.vault, profile.vault);
  lay_over(result.cloud, profile.cloud);
  lay_over(result.identity, profile.identity);
  lay_over(result.timeout, profile.timeout);
  lay_over(result.start_jitter, profile.start_jitter);
  lay_over(result.parallel, profile.parallel);
  lay_over(result.expired, profile.expired);
  lay_over(result.inherit, profile.inherit);
  lay_over(result.keep_existing, profile.keep_existing);
  lay_over(result.drop_identity, profile.drop_identity);
  lay_over(result.resolve, profile.resolve);
  lay_over(result.unset, profile.unset);
  lay_over(result.bundles, profile.bundles);

  std::unordered_set<std::string_view> removed;
  for (const Removal& removal : profile.removals) {
    removed.insert(removal.name);
  }
  std::erase_if(result.bindings,
                [&](const Binding& binding) { return removed.contains(binding.name); });

  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < result.bindings.size(); ++i) {
    index.emplace(result.bindings[i].name, i);
  }
  for (const Binding& binding : profile.bindings) {
    const auto [same, is_new] = index.try_emplace(binding.name, result.bindings.size());
    if (is_new) {
      result.bindings.push_back(binding);
    } else {
      result.bindings[same->second] = binding;
    }
  }
  return result;
}

} // namespace kvrun::config
