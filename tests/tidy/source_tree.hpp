// The files of the tree as the rules see them: path from the root, and lines; for C++ also the
// lines without comments and the contents of literals.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::tidy {

struct SourceFile {
  std::string path;  // "worker/shard.cpp"
  std::string text;
  std::vector<std::string> lines;
  std::string code;  // C++: comments blanked, literals emptied, line breaks kept

  bool is_cpp() const { return path.ends_with(".cpp") || path.ends_with(".hpp"); }
  bool in(std::string_view folder) const { return path.starts_with(folder); }
};

SourceFile source_file(std::string path, std::string text);
// Everything that is ours to keep tidy; build folders and what git ignores are not.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

}  // namespace claimferry::tidy
