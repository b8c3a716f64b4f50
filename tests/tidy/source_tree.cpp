#include "tests/tidy/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace claimferry::tidy {
namespace {

namespace fs = std::filesystem;

// Blanks comments and what stands inside literals, so that rules see code alone.
class Blanker {
 public:
  explicit Blanker(const std::string& text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_until("\n", false);
      } else if (starts("/*")) {
        blank_until("*/", true);
      } else if (starts("R\"")) {
        raw_string();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !is_digit_separator())) {
        literal(text_[at_]);
      } else {
        code_ += text_[at_++];
      }
    }
    return std::move(code_);
  }

 private:
  bool starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }
  bool is_digit_separator() const {
    return at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }
  void blank(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) {
      code_ += text_[at_] == '\n' ? '\n' : ' ';
    }
  }
  void blank_until(std::string_view end, bool with_end) {
    const auto found = text_.find(end, at_);
    blank(found == std::string::npos ? text_.size() : found + (with_end ? end.size() : 0));
  }
  void raw_string() {
    const auto open = text_.find('(', at_);
    const std::string close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    code_ += "\"\"";
    const auto end = text_.find(close, open);
    for (const auto stop = std::min(text_.size(), end + close.size()); at_ < stop; ++at_) {
      code_ += text_[at_] == '\n' ? "\n" : "";
    }
  }
  void literal(char quote) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    ++at_;
    code_ += {quote, quote};
  }

  const std::string& text_;
  std::string code_;
  std::size_t at_ = 0;
};

bool is_ours(const std::string& path) {
  constexpr std::string_view folders[] = {"common/", "worker/", "scheduler/",
                                          "tests/",  "deploy/", "cmake/"};
  constexpr std::string_view endings[] = {".cpp", ".hpp", ".lua",   ".sql", ".sh",
                                          ".md",  ".txt", ".cmake", ".toml"};
  const bool at_root = path.find('/') == std::string::npos;
  const bool in_folder = std::ranges::any_of(
      folders, [&](std::string_view folder) { return path.starts_with(folder); });
  return (at_root || in_folder) && std::ranges::any_of(endings, [&](std::string_view ending) {
           return path.ends_with(ending);
         });
}

}  // namespace

SourceFile source_file(std::string path, std::string text) {
  SourceFile file{std::move(path), std::move(text), {}, {}};
  std::istringstream stream(file.text);
  for (std::string line; std::getline(stream, line);) {
    file.lines.push_back(line);
  }
  if (file.is_cpp()) {
    file.code = Blanker(file.text).run();
  }
  return file;
}

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> tree;
  for (auto item = fs::recursive_directory_iterator(root);
       item != fs::recursive_directory_iterator(); ++item) {
    const std::string path = fs::relative(item->path(), root).generic_string();
    if (item->is_directory() && (path == "build" || path.starts_with('.'))) {
      item.disable_recursion_pending();
    } else if (item->is_regular_file() && is_ours(path)) {
      std::ifstream file(item->path(), std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      tree.push_back(source_file(path, text.str()));
    }
  }
  std::ranges::sort(tree, {}, &SourceFile::path);
  return tree;
}

}  // namespace claimferry::tidy
