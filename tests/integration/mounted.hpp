// Mounted: files as Kubernetes mounts a Secret or a ConfigMap: each a link through ..data, which
// leads to a folder of a moment; a change makes a new folder and swaps ..data alone.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace claimferry::integration {

class Mounted {
 public:
  // Files of that folder, which are there, become links.
  Mounted(std::filesystem::path root, const std::vector<std::string>& names);

  // The content by name; the others stay as they are.
  void swap(const std::map<std::string, std::string>& files);

 private:
  std::filesystem::path root_;
  int moment_ = 0;
};

}  // namespace claimferry::integration
