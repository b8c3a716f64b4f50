// What the payer has registered of the one app that it knows: its id, its secrets (two while it
// rotates them) and where its members may be sent back to. Modes change the last two in mid-run.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/model/connect/connect_modes.hpp"

namespace claimferry::sandbox {

struct AppRegistration {
  std::string id = "sandbox-client";
  std::string secret = "sandbox-secret";
  // Empty: /api/auth/smart/callback at any port of http://127.0.0.1 and http://localhost.
  std::vector<std::string> redirect_uris;
};

class RegisteredApp {
 public:
  RegisteredApp(AppRegistration registration, const ConnectModes& modes)
      : registration_(std::move(registration)), modes_(modes) {}

  const std::string& id() const noexcept { return registration_.id; }
  // The whole value of an Authorization header: Basic, with the app's id and a secret of its.
  bool authenticates(std::string_view authorization) const;
  // Compared byte for byte (RFC 9700 section 2.1).
  bool may_return_to(std::string_view redirect_uri) const;

 private:
  bool has_secret(std::string_view secret) const;

  AppRegistration registration_;
  const ConnectModes& modes_;
};

}  // namespace claimferry::sandbox
