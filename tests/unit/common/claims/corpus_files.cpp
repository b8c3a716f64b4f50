#include "tests/unit/common/claims/corpus_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include <simdjson.h>

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;
namespace ondemand = simdjson::ondemand;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> files(const fs::path& root) {
  std::vector<fs::path> found;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    const auto ending = file.path().extension();
    if (file.is_regular_file() && (ending == ".json" || ending == ".ndjson")) {
      found.push_back(file.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

// One JSON text a line in NDJSON, one in all else.
std::vector<std::string> documents(const fs::path& path) {
  const std::string text = read(path);
  if (path.extension() != ".ndjson") {
    return {text};
  }
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string trimmed(std::string_view token) {
  return std::string(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
}

// From the first brace of an object to its last: simdjson's cut may have white space behind it.
std::string exact(std::string_view cut) {
  return std::string(cut.substr(0, cut.rfind('}') + 1));
}

std::string text_at(ondemand::object object, std::string_view key) {
  std::string_view text;
  return object[key].get_string().get(text) ? "" : std::string(text);
}

// Its type, and of which patient it says it is; nothing where it is no object.
struct About {
  std::string type;
  std::string patient;
};
About about(const std::string& raw) {
  ondemand::parser parser;
  const simdjson::padded_string padded(raw);
  ondemand::document document;
  ondemand::object root;
  if (parser.iterate(padded).get(document) || document.get_object().get(root)) {
    return {};
  }
  const std::string type = text_at(root, "resourceType");
  ondemand::object patient;
  const std::string reference =
      root["patient"].get_object().get(patient) ? "" : text_at(patient, "reference");
  return {type, reference.substr(reference.rfind('/') + 1)};
}

// The entries of a bundle, or the document itself.
std::vector<std::string> resources_of(const std::string& text) {
  ondemand::parser parser;
  const simdjson::padded_string padded(text);
  ondemand::document document;
  ondemand::object root;
  if (parser.iterate(padded).get(document) || document.get_object().get(root)) {
    return {};
  }
  ondemand::array entries;
  if (text_at(root, "resourceType") != "Bundle" || root["entry"].get_array().get(entries)) {
    return {exact(std::string_view(text).substr(std::min(text.find('{'), text.size())))};
  }
  std::vector<std::string> found;
  for (ondemand::object entry : entries) {
    ondemand::object resource;
    if (!entry["resource"].get_object().get(resource)) {
      found.push_back(exact(resource.raw_json().value()));
    }
  }
  return found;
}

void note_total(ondemand::object total, EobFacts& facts) {
  std::vector<std::string> codes;
  for (ondemand::object coding : total["category"]["coding"].get_array()) {
    codes.push_back(text_at(coding, "code"));
  }
  const std::string amount = trimmed(total["amount"]["value"].raw_json_token().value());
  const std::pair<std::string_view, std::vector<std::string>*> categories[] = {
      {"submitted", &facts.submitted},
      {"eligible", &facts.eligible},
      {"memberliability", &facts.memberliability}};
  for (const auto& [code, amounts] : categories) {
    if (std::ranges::find(codes, code) != codes.end()) {
      amounts->push_back(amount);
    }
  }
}

}  // namespace

std::optional<fs::path> corpus() {
  const char* named = std::getenv("CLAIMFERRY_CORPUS");
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  fs::path root;
  if (named != nullptr) {
    root = named;
  } else if (source != nullptr) {
    root = fs::path(source).parent_path() / "shared" / "data";
  }
  return fs::is_directory(root) ? std::optional(root) : std::nullopt;
}

std::vector<CorpusResource> read_resources(const fs::path& root,
                                           const std::vector<std::string>& types) {
  std::vector<CorpusResource> found;
  for (const fs::path& path : files(root)) {
    for (const std::string& text : documents(path)) {
      for (std::string& raw : resources_of(text)) {
        if (std::ranges::find(types, about(raw).type) != types.end()) {
          found.push_back({path.filename(), std::move(raw)});
        }
      }
    }
  }
  return found;
}

std::vector<CorpusEob> read_corpus(const fs::path& root) {
  std::vector<CorpusEob> eobs;
  for (const fs::path& path : files(root)) {
    for (const std::string& text : documents(path)) {
      for (std::string& raw : resources_of(text)) {
        auto [type, patient] = about(raw);
        if (type == "ExplanationOfBenefit") {
          eobs.push_back({path.filename(), std::move(raw), std::move(patient)});
        }
      }
    }
  }
  return eobs;
}

std::size_t count_eobs(const fs::path& root) {
  static const std::regex named(R"("resourceType"\s*:\s*"ExplanationOfBenefit")");
  std::size_t count = 0;
  for (const fs::path& path : files(root)) {
    const std::string text = read(path);
    count += static_cast<std::size_t>(
        std::distance(std::sregex_iterator(text.begin(), text.end(), named), {}));
  }
  return count;
}

EobFacts facts_of(const std::string& raw) {
  EobFacts facts;
  ondemand::parser parser;
  const simdjson::padded_string padded(raw);
  ondemand::document document = parser.iterate(padded);
  ondemand::object eob = document.get_object();
  ondemand::array totals;
  if (!eob["total"].get_array().get(totals)) {
    for (ondemand::object total : totals) {
      note_total(total, facts);
    }
  }
  ondemand::array items;
  if (!eob["item"].get_array().get(items)) {
    for (ondemand::object item : items) {
      std::string_view net;
      facts.nets.push_back(item["net"]["value"].raw_json_token().get(net) ? "" : trimmed(net));
    }
  }
  return facts;
}

}  // namespace claimferry::claims
