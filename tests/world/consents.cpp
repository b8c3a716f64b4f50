#include "tests/world/consents.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace claimferry::world {
namespace {

// The letters and digits behind a text's first `label`.
std::string value_after(const std::string& text, std::string_view label) {
  const auto found = text.find(label);
  if (found == std::string::npos) {
    return "";
  }
  const auto begin = found + label.size();
  auto end = begin;
  while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) {
    ++end;
  }
  return text.substr(begin, end - begin);
}

}  // namespace

std::int64_t Consents::stored_version(const std::string& member) {
  const auto reply = keys_.call({"HGET", "cf-tok:{0}:" + member, "version"});
  return reply.text() == nullptr ? 0 : std::strtoll(reply.text()->c_str(), nullptr, 10);
}

void Consents::enrolled(const std::string& member, const std::string& patient,
                        const std::string& refresh_token) {
  std::int64_t doubts = 0;
  if (by_member_.contains(member)) {
    // The renewal itself was one version more.
    lost_before_ += std::max<std::int64_t>(0, lost(member) + 1);
    doubts = std::max<std::int64_t>(0, in_vain(member) + 1);
  }
  by_member_.insert_or_assign(member, Consent{patient, stored_version(member), 0, 0, doubts});
  member_of_[refresh_token] = member;
}

Consents::Consent* Consents::consent_of(const sandbox::PayerRequest& request) {
  const auto known = member_of_.find(value_after(request.body, "refresh_token="));
  return known == member_of_.end() ? nullptr : &by_member_.at(known->second);
}

void Consents::answered(const sandbox::PayerRequest& request, const sandbox::Answer& answer) {
  Consent* consent = consent_of(request);
  if (answer.endpoint != sandbox::Endpoint::token || consent == nullptr) {
    return;
  }
  ++consent->asked;
  if (answer.status == 200) {
    ++consent->given;
    member_of_[value_after(answer.body, "\"refresh_token\":\"")] =
        member_of_.at(value_after(request.body, "refresh_token="));
  }
}

std::int64_t Consents::lost(const std::string& member) {
  const Consent& consent = by_member_.at(member);
  return consent.given - (stored_version(member) - consent.version);
}

std::int64_t Consents::in_vain(const std::string& member) {
  const Consent& consent = by_member_.at(member);
  return consent.asked - (stored_version(member) - consent.version);
}

std::int64_t Consents::lost_by_all() {
  std::int64_t lost_tokens = lost_before_;
  for (const auto& [member, consent] : by_member_) {
    lost_tokens += lost(member);
  }
  return lost_tokens;
}

}  // namespace claimferry::world
