#include "tests/sandbox/model/connect/codes.hpp"

#include <algorithm>
#include <utility>

namespace claimferry::sandbox {

const std::string& Codes::issue(AuthorizeRequest request, std::size_t member, WallTime now) {
  IssuedCode& issued = issued_.emplace_back();
  issued.code = "AAK" + random_.hex(24);
  issued.request = std::move(request);
  issued.member = member;
  issued.issued_at = now;
  if (issued_.size() > kept_max) {
    issued_.pop_front();
  }
  return issued_.back().code;
}

IssuedCode* Codes::find(std::string_view code) {
  const auto found = std::ranges::find(issued_, code, &IssuedCode::code);
  return found == issued_.end() ? nullptr : &*found;
}

void Codes::clear() {
  issued_.clear();
  random_ = SeededRandom(seed_);
}

}  // namespace claimferry::sandbox
