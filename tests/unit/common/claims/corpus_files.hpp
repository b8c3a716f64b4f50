// Real claims written by others, where they are present: each EOB as the exact bytes that stand in
// its file, found by simdjson's own cutting and not by the parser under test.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace claimferry::claims {

struct CorpusEob {
  std::string file;
  std::string raw;
  std::string patient;  // the id that it says it is of
};

struct CorpusResource {
  std::string file;
  std::string raw;
};

// CLAIMFERRY_CORPUS, or the folder beside the sources; nothing where there is none.
std::optional<std::filesystem::path> corpus();
std::vector<CorpusEob> read_corpus(const std::filesystem::path& root);
// Resources of these types: documents of their own, and entries of bundles.
std::vector<CorpusResource> read_resources(const std::filesystem::path& root,
                                           const std::vector<std::string>& types);
// How often the files name the type: what read_corpus must have found.
std::size_t count_eobs(const std::filesystem::path& root);

// What an EOB says, word for word: read beside the parser, to compare its rows with.
struct EobFacts {
  std::vector<std::string> submitted;  // amounts of `total` by category
  std::vector<std::string> eligible;
  std::vector<std::string> memberliability;
  std::vector<std::string> nets;  // of each line; empty: none
};
EobFacts facts_of(const std::string& raw);

}  // namespace claimferry::claims
