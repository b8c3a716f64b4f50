#include "tests/integration/mounted.hpp"

#include "tests/integration/process.hpp"

namespace claimferry::integration {

namespace fs = std::filesystem;

Mounted::Mounted(fs::path root, const std::vector<std::string>& names) : root_(std::move(root)) {
  fs::create_directory(root_ / "moment-0");
  for (const std::string& name : names) {
    fs::rename(root_ / name, root_ / "moment-0" / name);
    fs::create_symlink(fs::path("..data") / name, root_ / name);
  }
  fs::create_directory_symlink("moment-0", root_ / "..data");
}

void Mounted::swap(const std::map<std::string, std::string>& files) {
  const std::string moment = "moment-" + std::to_string(++moment_);
  fs::copy(root_ / fs::read_symlink(root_ / "..data"), root_ / moment);
  for (const auto& [name, text] : files) {
    write_file(root_ / moment / name, text);
  }
  fs::create_directory_symlink(moment, root_ / "..data_tmp");
  fs::rename(root_ / "..data_tmp", root_ / "..data");
}

}  // namespace claimferry::integration
