// The first lines of an HTTP/1.1 response.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace claimferry::sandbox {

std::string response_head(unsigned status,
                          const std::vector<std::pair<std::string, std::string>>& headers,
                          std::size_t body_bytes, bool keep_alive);

}  // namespace claimferry::sandbox
