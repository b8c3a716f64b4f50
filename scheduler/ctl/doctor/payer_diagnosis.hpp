// What a payer's answers to doctor's harmless questions mean: the common mistakes of Aetna's own
// guide, by their symptoms. Pure; payer_visit.hpp asks.
#pragma once

#include <optional>
#include <span>

#include "common/config/config.hpp"
#include "common/oauth/discovery.hpp"
#include "scheduler/ctl/doctor/payer_trouble.hpp"

namespace claimferry::ctl {

// The smart-configuration at auth_root, and the profile's own URLs beside it.
Finding of_discovery(const Answered& answered, const config::PayerConfig& payer,
                     const oauth::TrustedPlaces& trusted);
// aud, against what it must be by the profile: its auth root, to the letter.
Finding of_audience(const config::PayerConfig& payer);
// The login page that the authorization URL leads to; `sent_to`: where it redirected at last.
Finding of_login_page(const Answered& answered, const config::PayerConfig& payer,
                      const std::string& sent_to);
// It was not looked at, because one of the two is not known.
Finding of_unseen_login_page(const config::PayerConfig& payer, bool has_public_url);
// A refresh that names no token, with each of our client secrets in their order: one or two.
Finding of_token_endpoint(std::span<const Answered> answered, const config::PayerConfig& payer);
// There is no secret to ask the token endpoint with.
std::vector<Finding> of_missing_secret(const Failure& failure, const config::PayerConfig& payer);
// {resource_base}/metadata, which needs no token.
Finding of_resource_base(const Answered& answered, const config::PayerConfig& payer);
// {resource_base}/Patient without a token: all that can be seen of products without a member's.
Finding of_products(const Answered& answered, const config::PayerConfig& payer);
// The payer's Date against ours; nothing when it sends none.
std::optional<Finding> of_clock(const Answered& answered, WallTime now,
                                const config::PayerConfig& payer);

// An address as it is compared, and as a path is put behind it.
std::string without_slash(std::string url);

}  // namespace claimferry::ctl
