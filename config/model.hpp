// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/place.hpp"
#include "config/secret_reference.hpp"
#include "config/template.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kvrun::config {

// A setting and where it was written.
template <typename T> struct Setting {
  T value;
  Place place;
};

enum class Decode { none, base64, hex };
enum class Format { none, pem, pfx, key, cert, chain };
enum class Expired { fail, warn, ignore };
enum class BundleFormat { json, dotenv };

struct Literal {
  std::string text;
};

// How one variable gets its value (design.md §3). One `env:` or `files:` entry, one -e, one line of
// an env file.
struct Binding {
  std::string name;
  Place place; // of the name
  std::variant<Literal, SecretReference, Template> source;
  Place source_place; // of the reference, template or literal
  bool required = true;
  std::optional<std::string> default_value; // implies required = false (rules A31)
  Decode decode = Decode::none;
  Format format = Format::none;
  std::optional<Expired> expired; // over the top level's
  bool file = false;              // the variable holds the path of an in-memory file with the value
  unsigned mode = 0400;           // of that file
};

// One secret that holds many variables.
struct Bundle {
  Place place;
  SecretReference reference;
  Place reference_place;
  BundleFormat format = BundleFormat::json;
  std::string prefix;
  std::optional<std::vector<std::string>> only;
  std::vector<std::pair<std::string, std::string>> rename; // name in the data → variable
};

// Whether a bundle takes what has that name in the data: all, or what `only` names (rules A39).
[[nodiscard]] bool takes(const Bundle& bundle, std::string_view in_data);

// What of the caller's environment the command gets: `all`, `none`, or names and globs.
struct Inherit {
  bool all = true;
  std::vector<std::string> names;
};

// A `~` where a profile removes an entry (rules A13).
struct Removal {
  std::string name;
  Place place;
};

struct Config {
  std::string file; // as it was given
  std::optional<Setting<std::string>> vault;
  std::optional<Setting<std::string>> cloud;
  std::optional<Setting<std::string>> identity;
  std::optional<Setting<Milliseconds>> timeout;
  std::optional<Setting<Milliseconds>> start_jitter;
  std::optional<Setting<unsigned>> parallel;
  std::optional<Setting<Expired>> expired;
  std::optional<Setting<Inherit>> inherit;
  std::optional<Setting<bool>> keep_existing;
  std::optional<Setting<bool>> drop_identity;
  std::optional<std::vector<Setting<std::string>>> resolve;
  std::optional<std::vector<Setting<std::string>>> unset;
  std::optional<std::vector<Bundle>> bundles;
  std::vector<Binding> bindings; // env and files, in order
  std::vector<Removal> removals; // of a profile only
  std::map<std::string, Config> profiles;
  bool profiles_known = false; // the text could be read so far that there are no others
};

// The config with a profile laid over it (rules A13).
[[nodiscard]] Config with_profile(const Config& config, const Config& profile);

// The variables that a bundle sets as far as the config names them, by `only` and `rename`.
[[nodiscard]] std::vector<std::string> names_of(const Bundle& bundle);

// Adds a problem, naming both places, for each NAME that the config itself gives to two of `env`,
// `files` and the bundles' `only` and `rename` (rules A11). The parser has done it for the top
// level and for each profile; a config with a profile laid over it is worth another look.
void check_names(const Config& config, Problems& problems);

} // namespace kvrun::config
